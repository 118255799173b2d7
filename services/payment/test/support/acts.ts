/** What happens to payments, one step at a time, over any stores. */
import { randomUUID } from 'node:crypto';
import type { Operation } from '@rideshare/kernel';
import { systemClock, systemIds } from '@rideshare/kernel/system';
import { startDebtPayment } from '../../src/domain/debt.ts';
import type { Aggregate, DebtPayment, GatewayAnswer, Refund } from '../../src/domain/payment.ts';
import { requestRefund } from '../../src/domain/refund.ts';
import { doubtOp, settleOp } from '../../src/domain/settle-op.ts';
import { captureFare, holdFare, voidHold } from '../../src/usecases/follow-trip.ts';
import type { Effect } from '../../src/usecases/follow-trip.ts';
import type { LeasedOp, PaymentKey, Stores } from '../../src/usecases/ports.ts';
import { startStep } from '../../src/usecases/start-step.ts';
import { eur } from './running-payment.ts';

export const LEASE_MS = 60_000;

export function step<Result>(change: Partial<Operation<Result>> = {}): Operation<Result> {
  return { ...startStep<Result>({ clock: systemClock, ids: systemIds }), ...change };
}

interface TestTrip {
  readonly tripId: string;
  readonly riderId: string;
  readonly methodId: string | null;
  readonly driverId: string;
}

/** The steps of a trip and its money. */
export function actsOn({ payments, operations, methods }: Stores) {
  const deps = { payments, signals: { trace: () => ({}) } };
  const acts = {
    async method(riderId: string, token = 'tok_ok', isDefault?: boolean): Promise<string> {
      const method = { id: systemIds.next(), riderId, gateway: 'sandbox', brand: 'visa', last4: '4242', token };
      return (await methods.add(step(), { ...method, ...(isDefault === undefined ? {} : { isDefault }) })).id;
    },
    /** A trip of a new rider with a card. */
    async trip(riderId: string = randomUUID()) {
      const methodId = await acts.method(riderId);
      return acts.news({ tripId: systemIds.next(), riderId, methodId, driverId: randomUUID() });
    },
    /** What is heard of a trip. */
    news<Trip extends TestTrip>(trip: Trip) {
      const { driverId, ...parties } = trip;
      const news = { ...parties, causeId: 'test' };
      return {
        ...trip,
        requested: (amount = 1_000, operation = step<Effect>()) =>
          holdFare(deps, operation, { ...news, fare: eur(amount) }),
        completed: (amount = 1_000, operation = step<Effect>()) =>
          captureFare(deps, operation, {
            ...news,
            charge: {
              total: eur(amount),
              lines: [{ kind: 'base', amount: eur(amount) }],
              driverId,
              policyVersion: 'porto.policy.v1',
            },
          }),
        expired: (operation = step<Effect>()) => voidHold(deps, operation, news),
      };
    },
    lease: (options: { readonly limit?: number; readonly paymentId?: string } = {}) =>
      operations.lease({ limit: 10, leaseMs: LEASE_MS, ...options }),
    /** Leases what the payment of a trip waits for. */
    async leaseOf(tripId: string): Promise<LeasedOp> {
      const paymentId = await acts.paymentOf(tripId);
      const [op] = await acts.lease({ limit: 1, paymentId });
      if (!op) throw new Error('nothing is due');
      return op;
    },
    async paymentOf(tripId: string): Promise<string> {
      return (await payments.find({ tripId }))?.id ?? '';
    },
    settle: (op: LeasedOp, answer: GatewayAnswer) =>
      payments.change<boolean>(step(), { opId: op.id }, (found, context) => {
        const decision = found && settleOp(found, context, op.id, answer);
        return { decision, result: decision !== null };
      }),
    doubt: (op: LeasedOp, delayMs: number) =>
      payments.change<null>(step(), { opId: op.id }, (found, context) => ({
        decision: found && doubtOp(found, context, op.id, delayMs),
        result: null,
      })),
    /** Carries out everything that the payment of a trip waits for, as a gateway that does what it is asked. */
    async carryOut(tripId: string, answerOf: (op: LeasedOp) => GatewayAnswer = done): Promise<void> {
      const paymentId = await acts.paymentOf(tripId);
      for (;;) {
        const [op] = await acts.lease({ limit: 1, paymentId });
        if (!op) return;
        await acts.settle(op, answerOf(op));
      }
    },
    /** A fare that nobody would pay for. */
    async owed(riderId?: string) {
      const trip = await acts.trip(riderId);
      await trip.completed();
      await acts.carryOut(trip.tripId, () => REFUSED);
      return trip;
    },
    payDebt: (tripId: string, methodId: string) =>
      payments.change<DebtPayment>(step(), { tripId }, (found, context) => {
        const { decision, debt } = startDebtPayment(thatIs(found), context, {
          id: context.id('debt'),
          methodId,
          amount: null,
        });
        return { decision, result: debt };
      }),
    refund: (key: PaymentKey, amount: number | null) =>
      payments.change<Refund>(step(), key, (found, context) => {
        const wanted = { amount, reason: 'late', requestedBy: 'support' };
        const { decision, refund } = requestRefund(thatIs(found), context, wanted);
        return { decision, result: refund };
      }),
    /** What decisions about the payment of a trip look at. */
    aggregate: (tripId: string) =>
      payments.change<Aggregate>(step(), { tripId }, (found) => ({ decision: null, result: thatIs(found) })),
  };
  return acts;
}

export function thatIs(found: Aggregate | null): Aggregate {
  if (!found) throw new Error('there is no such payment');
  return found;
}

export function done(op: LeasedOp): GatewayAnswer {
  return { outcome: 'done', reference: `made by ${op.id}` };
}

export const REFUSED: GatewayAnswer = { outcome: 'refused', code: 'card_declined' };
export const SILENT: GatewayAnswer = { outcome: 'refused', code: 'GATEWAY_SILENT' };
