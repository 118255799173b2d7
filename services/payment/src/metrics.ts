import { traceHeaders, withSpan } from '@rideshare/observability';
import type { Logger, Metrics } from '@rideshare/observability';
import type { LeasedOp, PaymentCensus, Signals } from './usecases/ports.ts';

/** What the log says of an operation; amounts and tokens are not among it. */
function fieldsOf({ id, kind, attempt, paymentId, tripId, mode, sends, queries }: LeasedOp) {
  return { opId: id, op: kind, attempt, paymentId, tripId, mode, sends, queries };
}

function spanName({ mode, kind }: LeasedOp): string {
  return mode === 'send' ? `payment ${kind}` : `payment ${kind} query`;
}

/** Counts, logs and traces what payments do. */
export function createSignals(metrics: Metrics, logger: Logger): Signals {
  const calls = metrics.histogram('payment_gateway_call_duration_seconds', 'Calls to the payment gateway', [
    'call',
    'outcome',
  ]);
  const settled = metrics.counter('payment_operations_total', 'Operations that came to an end', ['op', 'outcome']);
  const doubts = metrics.counter('payment_operations_in_doubt_total', 'Calls whose outcome nobody knew', ['op']);
  const failures = metrics.counter('payment_steps_failed_total', 'Steps that broke off for a reason of ours', ['op']);
  const webhooks = metrics.counter('payment_webhooks_total', 'Webhooks of payment gateways', ['outcome']);
  return {
    trace: () => traceHeaders(),
    step: (op, work) =>
      withSpan(
        spanName(op),
        {
          parent: op.trace,
          attributes: { 'trip.id': op.tripId, 'payment.id': op.paymentId, 'payment.op': op.kind },
        },
        work,
      ),
    gatewayCalled(call, outcome, durationMs) {
      calls.observe({ call, outcome }, durationMs / 1_000);
    },
    operationSettled(op, answer) {
      settled.inc({ op: op.kind, outcome: answer.outcome });
      const code = answer.outcome === 'refused' ? answer.code : undefined;
      logger.info('a payment operation was settled', { ...fieldsOf(op), outcome: answer.outcome, code });
    },
    operationInDoubt(op) {
      doubts.inc({ op: op.kind });
      logger.warn('the outcome of a payment operation is unknown', fieldsOf(op));
    },
    stepFailed(op, error) {
      failures.inc({ op: op.kind });
      logger.error('a payment operation broke off', { ...fieldsOf(op), error });
    },
    loopFailed(loop, error) {
      logger.error('a loop failed', { loop, error });
    },
    goalUnknown(tripId, error) {
      logger.warn('a held payment could not be checked against its trip', { tripId, error });
    },
    webhookReceived(outcome) {
      webhooks.inc({ outcome });
      if (outcome === 'refused') logger.warn('a webhook with a bad signature was refused');
    },
  };
}

/** Shows how many payments are on their way, and for how long the oldest has been in doubt. */
export function observePayments(metrics: Metrics, census: PaymentCensus): void {
  metrics.gauge('active_payments_total', 'Payments on their way to an end', [], () => census.countActive());
  metrics.gauge('payment_oldest_doubt_seconds', 'Age of the oldest operation whose outcome is unknown', [], () =>
    census.oldestDoubtS(),
  );
}
