/** What writing a decision comes to in every engine. */
import type { Operation } from '@rideshare/kernel';
import { appendToOutbox, newEvent } from '@rideshare/messaging';
import type { Decision, DecisionContext, OpKind, Payment, PaymentOp } from '../domain/payment.ts';
import { toMessage } from '../events/payment-messages.ts';
import type { PspKeys } from '../usecases/ports.ts';

const SOURCE = 'payment';

/** The operations that the goal asks for continue the trace that set it; all others that of whoever asked for them. */
const ASKED_BY_GOAL: ReadonlySet<OpKind> = new Set(['hold', 'increment', 'capture', 'void']);

export function traceOf(op: PaymentOp, payment: Payment, trace: Payment['trace']): Payment['trace'] {
  return ASKED_BY_GOAL.has(op.kind) ? payment.trace : trace;
}

export function contextOf(operation: Operation<never>, pspKeys: PspKeys): DecisionContext {
  return {
    id: (name) => operation.id(name),
    pspKey: (paymentId, kind, attempt) => pspKeys.keyOf(paymentId, kind, attempt),
  };
}

/** Tells the others what was decided, with the transaction that writes it. */
export function publishDecision(
  tx: Parameters<typeof appendToOutbox>[0],
  { payment, events }: Decision,
  occurredAt: Date,
): void {
  appendToOutbox(
    tx,
    events.map(({ id, sequence, event }) => {
      const { definition, data } = toMessage(payment, event);
      return newEvent(definition, {
        id,
        sequence,
        occurredAt,
        data,
        source: SOURCE,
        correlationId: payment.tripId,
        causationId: payment.causeId,
      });
    }),
  );
}
