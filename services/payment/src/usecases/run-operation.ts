import { toError } from '@rideshare/kernel';
import type { Scheduler } from '@rideshare/kernel';
import { gatewayAmbiguous } from '../domain/errors.ts';
import { opCodes } from '../domain/payment.ts';
import type { GatewayAnswer, OpKind } from '../domain/payment.ts';
import { queryDelayMs, resolveUnknown } from '../domain/resolve.ts';
import { doubtOp, settleOp } from '../domain/settle-op.ts';
import type { LeasedOp, OperationQueue, PaymentGateway, PaymentStore, Signals } from './ports.ts';
import { startStep } from './start-step.ts';
import type { StepDeps } from './start-step.ts';

/** What carrying out an operation needs. */
export interface RunOperationDeps extends StepDeps {
  readonly payments: Pick<PaymentStore, 'change'>;
  readonly operations: OperationQueue;
  readonly gateway: PaymentGateway;
  readonly scheduler: Pick<Scheduler, 'sleep'>;
  readonly signals: Signals;
  readonly limits: OperationLimits;
}

/** The bounds of one operation. */
export interface OperationLimits {
  /** How long a call to the gateway may take; after that nobody knows. */
  readonly callTimeoutMs: number;
  /** How long an operation belongs to who took it; longer than the call. */
  readonly leaseMs: number;
  /** How long after the last send a gateway shows, at the latest, what it did. */
  readonly horizonMs: number;
  readonly queryDelayMaxMs: number;
}

/**
 * Takes one leased operation as far as it goes without waiting: sends it, or asks what became of it.
 *
 * Between the lease and the booking no transaction is open. Whoever dies on the way leaves an operation that is `sent`;
 * when its lease is over it is in doubt, and in doubt the gateway is asked before anything is sent again. `leasedAt` is a
 * time before the lease was asked for.
 */
export function runOperation(deps: RunOperationDeps, op: LeasedOp, leasedAt: Date): Promise<void> {
  return deps.signals.step(op, async () => {
    try {
      await (op.mode === 'send' ? send(deps, op, leasedAt) : ask(deps, op));
    } catch (error) {
      deps.signals.stepFailed(op, toError(error));
    }
  });
}

async function send(deps: RunOperationDeps, op: LeasedOp, leasedAt: Date): Promise<void> {
  const { leaseMs, callTimeoutMs } = deps.limits;
  // a process that was paused here has lost the lease, and somebody else may have given the operation up
  if (deps.clock.now().getTime() - leasedAt.getTime() > leaseMs - callTimeoutMs) return;
  const request = requestOf(deps.gateway, op);
  if (!request) return settle(deps, op, { outcome: 'refused', code: opCodes.methodNotFound });
  const answer = await call(deps, op.kind, request).catch(() => undefined);
  await (answer ? settle(deps, op, answer) : doubt(deps, op));
}

async function ask(deps: RunOperationDeps, op: LeasedOp): Promise<void> {
  let found: GatewayAnswer | null;
  try {
    found = await call(deps, 'query', () => deps.gateway.query(op.pspKey));
  } catch {
    return doubt(deps, op);
  }
  if (found) await settle(deps, op, found);
  if (op.mode === 'recheck') return deps.operations.forget(op.id);
  if (found) return;
  switch (resolveUnknown(op, deps.limits.horizonMs)) {
    case 'resend':
      if (await deps.operations.resend(op.id, deps.limits.leaseMs)) await send(deps, op, deps.clock.now());
      return;
    case 'give_up':
      return settle(deps, op, { outcome: 'refused', code: opCodes.silent });
    case 'ask_again':
      return doubt(deps, op);
  }
}

type GatewayCall<Answer> = () => Promise<Answer>;

/** The call that an operation stands for; `null` where there is no method to charge. */
function requestOf(gateway: PaymentGateway, op: LeasedOp): GatewayCall<GatewayAnswer> | null {
  const { pspKey: key, token, amount } = op;
  const change = { key, target: op.targetRef ?? '', amount };
  switch (op.kind) {
    case 'hold':
    case 'debt_hold':
      return token === null ? null : () => gateway.authorize({ key, token, amount });
    case 'increment':
      return () => gateway.increment(change);
    case 'capture':
    case 'debt_capture':
      return () => gateway.capture(change);
    case 'void':
    case 'release':
      return () => gateway.void(change);
    case 'refund':
    case 'return':
      return () => gateway.refund(change);
  }
}

/** One call with its deadline; whatever goes wrong, nobody knows what the gateway did. */
async function call<Answer extends GatewayAnswer | null>(
  deps: RunOperationDeps,
  name: OpKind | 'query',
  request: GatewayCall<Answer>,
): Promise<Answer> {
  const startedMs = deps.clock.now().getTime();
  const finished = new AbortController();
  const report = (outcome: 'done' | 'refused' | 'ambiguous' | 'not_found'): void => {
    deps.signals.gatewayCalled(name, outcome, deps.clock.now().getTime() - startedMs);
  };
  const deadline = deps.scheduler.sleep(deps.limits.callTimeoutMs, finished.signal).then(() => {
    throw gatewayAmbiguous(new Error('no answer in time'));
  });
  deadline.catch(() => undefined); // the call was quicker, and the sleep ended with it
  try {
    const answer = await Promise.race([request(), deadline]);
    report(answer?.outcome ?? 'not_found');
    return answer;
  } catch (error) {
    report('ambiguous');
    throw error;
  } finally {
    finished.abort();
  }
}

async function settle(deps: RunOperationDeps, op: LeasedOp, answer: GatewayAnswer): Promise<void> {
  const settled = await deps.payments.change<boolean>(startStep(deps), { opId: op.id }, (found, context) => {
    const decision = found && settleOp(found, context, op.id, answer);
    return { decision, result: decision !== null };
  });
  if (settled) deps.signals.operationSettled(op, answer);
}

async function doubt(deps: RunOperationDeps, op: LeasedOp): Promise<void> {
  const delayMs = queryDelayMs(op.queries, deps.limits.queryDelayMaxMs);
  await deps.payments.change<null>(startStep(deps), { opId: op.id }, (found, context) => ({
    decision: found && doubtOp(found, context, op.id, delayMs),
    result: null,
  }));
  deps.signals.operationInDoubt(op);
}
