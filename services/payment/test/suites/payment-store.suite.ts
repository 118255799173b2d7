import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { draftOf } from '../../src/domain/draft.ts';
import type { Aggregate, Decision, Payment } from '../../src/domain/payment.ts';
import type { Effect } from '../../src/usecases/follow-trip.ts';
import { actsOn, done, REFUSED, step, thatIs } from '../support/acts.ts';
import { eur } from '../support/running-payment.ts';
import type { MakeStores, StoresHarness } from '../support/stores-harness.ts';

const MINUTE_MS = 60_000;

/** What every store of payments promises. */
export function paymentStoreSuite(name: string, open: MakeStores): void {
  describe(`${name}, as a payment store`, () => {
    let harness: StoresHarness;
    let acts: ReturnType<typeof actsOn>;

    beforeAll(async () => {
      harness = await open();
      acts = actsOn(harness.stores);
    });
    afterAll(async () => {
      await harness.close();
    });

    const find = (tripId: string) => harness.stores.payments.find({ tripId });

    /** Writes whatever is made of a payment as it stands. */
    const force = (tripId: string, make: (found: Aggregate, id: (name: string) => string) => Partial<Decision>) =>
      harness.stores.payments.change(step(), { tripId }, (found, context) => {
        const aggregate = thatIs(found);
        const decision = draftOf(aggregate, context).decision();
        return { decision: { ...decision, ...make(aggregate, (id) => context.id(id)) }, result: null };
      });

    describe('change', () => {
      test('of a trip that is new, opens its payment, plans its hold and wakes who carries it out', async () => {
        const trip = await acts.trip();
        const calls = harness.dueCalls();
        expect(await find(trip.tripId)).toBeNull();
        expect(await trip.requested()).toBe('applied');
        expect(await find(trip.tripId)).toMatchObject({
          tripId: trip.tripId,
          riderId: trip.riderId,
          status: 'pending',
          amount: eur(1_000),
          captured: eur(0),
          methodId: trip.methodId,
          last4: '4242',
        });
        expect(harness.dueCalls()).toBe(calls + 1);
        expect(await harness.events(trip.tripId)).toEqual([]);
      });

      test('of a payment that is there, decides about all that was written of it', async () => {
        const trip = await acts.owed();
        const methodId = await acts.method(trip.riderId);
        await acts.payDebt(trip.tripId, methodId);
        await acts.carryOut(trip.tripId);
        const refund = await acts.refund(trip, 300);
        const { payment, ops, refunds, debts } = await acts.aggregate(trip.tripId);
        expect(payment).toMatchObject({
          tripId: trip.tripId,
          riderId: trip.riderId,
          driverId: trip.driverId,
          kind: 'fare',
          methodId: trip.methodId,
          status: 'captured',
          goal: 'capture',
          currency: 'EUR',
          goalAmount: 1_000,
          captured: 1_000,
          refundReserved: 300,
          refunded: 0,
          outstanding: 0,
          causeId: 'test',
          version: 2,
          trace: {},
        });
        expect(payment.booked).toEqual(payment.shares);
        expect(ops.map(({ kind, attempt, state, amount }) => [kind, attempt, state, amount])).toEqual([
          ['hold', 1, 'failed', 1_000],
          ['debt_hold', 1, 'done', 1_000],
          ['debt_capture', 1, 'done', 1_000],
          ['refund', 1, 'planned', 300],
        ]);
        expect(ops[0]).toMatchObject({ code: 'card_declined', reference: null, goal: 'capture', delayMs: 0 });
        expect(ops[2]?.targetRef).toBe(ops[1]?.reference);
        expect(ops[3]).toMatchObject({ refundId: refund.id, targetRef: ops[2]?.reference });
        expect(refunds).toEqual([
          { id: refund.id, amount: 300, done: 0, status: 'pending', reason: 'late', requestedBy: 'support' },
        ]);
        expect(debts).toMatchObject([{ attempt: 1, methodId, amount: 1_000, state: 'paid', code: null }]);
      });

      test('that changes nothing, writes nothing and answers all the same', async () => {
        const trip = await acts.trip();
        await trip.requested();
        const calls = harness.dueCalls();
        expect(await trip.requested()).toBe('skipped');
        expect(harness.dueCalls()).toBe(calls);
        const tripId = randomUUID();
        const answer = harness.stores.payments.change(step(), { tripId }, (found) => ({
          decision: null,
          result: found === null,
        }));
        expect(await answer).toBe(true);
        expect(await find(tripId)).toBeNull();
      });

      test('by two processes that hear of a trip at once, opens one payment', async () => {
        const elsewhere = actsOn(harness.others);
        for (let round = 0; round < 10; round += 1) {
          const trip = await acts.trip();
          const same = elsewhere.news(trip);
          const effects = await Promise.all([trip.requested(), same.requested(), trip.completed(), same.completed()]);
          expect(effects.filter((effect) => effect === 'applied').length).toBeLessThanOrEqual(2);
          expect(await find(trip.tripId)).toMatchObject({ tripId: trip.tripId, amount: eur(1_000) });
          const { ops, payment } = await acts.aggregate(trip.tripId);
          expect([ops.length, payment.goal]).toEqual([1, 'capture']);
        }
      });

      test('by two that carry out the same operation at once, has its effect once', async () => {
        for (let round = 0; round < 10; round += 1) {
          const trip = await acts.trip();
          const operation = step<Effect>();
          const [one, other] = await Promise.all([
            trip.requested(1_000, operation),
            actsOn(harness.others).news(trip).requested(1_000, operation),
          ]);
          expect([one, other].toSorted()).toEqual(['applied', 'skipped']);
        }
      });

      test('by twenty refunds at once, reserves no more than was captured', async () => {
        const trip = await acts.trip();
        await trip.completed();
        await acts.carryOut(trip.tripId);
        const elsewhere = actsOn(harness.others);
        const asked = await Promise.allSettled(
          Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? acts : elsewhere).refund(trip, 300)),
        );
        expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
        const { payment, refunds } = await acts.aggregate(trip.tripId);
        expect([payment.refundReserved, refunds.length]).toEqual([900, 3]);
      });

      test('by ten payers of a debt at once, starts one try', async () => {
        const trip = await acts.owed();
        const tries = await Promise.allSettled(
          Array.from({ length: 10 }, () => acts.payDebt(trip.tripId, trip.methodId)),
        );
        expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect((await acts.aggregate(trip.tripId)).debts).toHaveLength(1);
      });
    });

    describe('a transaction', () => {
      test('is sealed last, with what was decided', async () => {
        const trip = await acts.trip();
        const sealed: unknown[] = [];
        const seal = (tx: object, result: unknown) => Promise.resolve(void sealed.push([typeof tx, result]));
        await trip.requested(1_000, step({ seal }));
        expect(sealed).toEqual([['object', 'applied']]);
      });

      test('whose seal is refused, leaves nothing behind and wakes nobody', async () => {
        const trip = await acts.trip();
        const calls = harness.dueCalls();
        const seal = () => Promise.reject(new Error('taken over'));
        await expect(trip.completed(1_000, step({ seal }))).rejects.toThrow('taken over');
        expect(await find(trip.tripId)).toBeNull();
        expect(harness.dueCalls()).toBe(calls);
        expect(await trip.requested()).toBe('applied');
      });

      test('that an operation brings, is joined: what was written ends with it', async () => {
        const trip = await acts.trip();
        const undone = harness.transaction(async (transaction) => {
          expect(await trip.requested(1_000, step({ transaction }))).toBe('applied');
          expect(await trip.requested(1_000, step({ transaction }))).toBe('skipped');
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
        expect(await find(trip.tripId)).toBeNull();
        await harness.transaction(async (transaction) => {
          await trip.requested(1_000, step({ transaction }));
        });
        expect(await find(trip.tripId)).toMatchObject({ status: 'pending' });
      });
    });

    describe('the ledger and the events', () => {
      test('of a capture, are written with it, once', async () => {
        const trip = await acts.trip();
        await trip.requested();
        await acts.carryOut(trip.tripId);
        await trip.completed();
        const capture = await acts.leaseOf(trip.tripId);
        expect(await Promise.all([1, 2, 3].map(() => acts.settle(capture, done(capture))))).toContain(true);
        expect(await harness.events(trip.tripId)).toEqual([
          { type: 'payment.authorized', sequence: 1 },
          { type: 'payment.captured', sequence: 2 },
        ]);
        const journals = await harness.journals(trip.tripId);
        expect(journals.map(({ kind }) => kind)).toEqual(['capture']);
        expect(journals[0]?.lines).toContainEqual({ account: 'gateway:sandbox:clearing', amount: 1_000 });
        expect(journals[0]?.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(0);
      });

      test.each<[string, string, readonly (readonly [string, number])[]]>([
        ['does not sum to zero', 'ledger_journals_balance', [['a', 100], ['b', -99]]], // prettier-ignore
        ['has no entries', 'ledger_journals_balance', []],
        ['has an entry of nothing', 'ledger_entries_amount_check', [['a', 100], ['b', -100], ['c', 0]]], // prettier-ignore
      ])('of a journal that %s, are refused with all that came with it', async (_situation, constraint, entries) => {
        const trip = await acts.trip();
        await trip.requested();
        const lines = entries.map(([account, amount]) => ({ account, amount }));
        const forced = force(trip.tripId, ({ ops, payment }, id) => ({
          payment: { ...payment, goal: 'void' },
          journals: [{ id: id('journal'), opId: ops[0]?.id ?? '', kind: 'debt', lines }],
        }));
        await expect(forced).rejects.toMatchObject({ constraint });
        expect((await acts.aggregate(trip.tripId)).payment.goal).toBe('hold');
      });

      test('of an operation that was booked before, are refused', async () => {
        const trip = await acts.trip();
        await trip.completed();
        await acts.carryOut(trip.tripId);
        const lines = [1, -1].map((amount) => ({ account: 'a', amount }));
        const forced = force(trip.tripId, ({ ops }, id) => ({
          journals: [
            { id: id('journal'), opId: ops.find(({ kind }) => kind === 'capture')?.id ?? '', kind: 'capture', lines },
          ],
        }));
        await expect(forced).rejects.toMatchObject({ constraint: 'ledger_journals_one_per_op' });
        expect(await harness.journals(trip.tripId)).toHaveLength(1);
      });
    });

    describe('the last walls', () => {
      test.each<[string, (payment: Payment) => Partial<Payment>]>([
        ['captured more than authorised', ({ authorized }) => ({ captured: authorized + 1 })],
        ['refunded more than captured', ({ captured }) => ({ refunded: captured + 1, refundReserved: captured + 1 })],
        ['reserved less than refunded', () => ({ refundReserved: -1, refunded: 0 })],
        ['owed less than nothing', () => ({ outstanding: -1 })],
        ['changed its goal twice', () => ({ goal: 'void' })],
        ['moved to another trip', () => ({ tripId: randomUUID() })],
        ['moved to another rider', () => ({ riderId: randomUUID() })],
        ['changed its currency', () => ({ currency: 'USD' })],
        ['lowered its version', ({ version }) => ({ version: version - 1 })],
      ])('refuse a payment that %s', async (_situation, change) => {
        const trip = await acts.trip();
        await trip.completed();
        await acts.carryOut(trip.tripId);
        const before = await acts.aggregate(trip.tripId);
        const forced = force(trip.tripId, ({ payment }) => ({ payment: { ...payment, ...change(payment) } }));
        await expect(forced).rejects.toThrow();
        expect(await acts.aggregate(trip.tripId)).toEqual(before);
      });

      test('refuse a second capture of a payment, whatever its key', async () => {
        const trip = await acts.trip();
        await trip.completed();
        await acts.carryOut(trip.tripId);
        const forced = force(trip.tripId, ({ ops }, id) => ({
          ops: ops
            .filter(({ kind }) => kind === 'capture')
            .map((op) => ({
              ...op,
              id: id('op'),
              attempt: 2,
              pspKey: randomUUID(),
              state: 'planned',
              reference: null,
            })),
        }));
        await expect(forced).rejects.toMatchObject({ constraint: 'payment_ops_one_effect' });
      });

      test.each<[string, string, object]>([
        ['with the key of another', 'payment_ops_psp_key', { kind: 'release', attempt: 1 }],
        [
          'for the second time',
          'payment_ops_payment_id_op_attempt_key',
          { pspKey: 'another', state: 'failed', code: 'X' },
        ],
        [
          'under way beside another',
          'payment_ops_one_unresolved',
          { kind: 'release', pspKey: 'a third', state: 'sent' },
        ],
        ['done without a reference', 'payment_ops_check', { kind: 'release', pspKey: 'a fourth', state: 'done' }],
        ['failed without a reason', 'payment_ops_check1', { kind: 'release', pspKey: 'a fifth', state: 'failed' }],
      ])('refuse an operation %s', async (_situation, constraint, change) => {
        const trip = await acts.trip();
        await trip.requested();
        await acts.leaseOf(trip.tripId);
        const forced = force(trip.tripId, ({ ops }, id) => ({
          ops: ops.map((op) => ({ ...op, id: id('op'), ...change })),
        }));
        await expect(forced).rejects.toMatchObject({ constraint });
        expect((await acts.aggregate(trip.tripId)).ops).toHaveLength(1);
      });

      test('refuse a second try at a debt while one is open', async () => {
        const trip = await acts.owed();
        await acts.payDebt(trip.tripId, trip.methodId);
        const forced = force(trip.tripId, ({ debts }, id) => ({
          debts: debts.map((debt) => ({ ...debt, id: id('another'), attempt: 2 })),
        }));
        await expect(forced).rejects.toMatchObject({ constraint: 'debt_payments_one_open' });
      });
    });

    describe('reading', () => {
      test('finds a payment by its trip, its id and its operations', async () => {
        const trip = await acts.trip();
        await trip.requested();
        const op = await acts.leaseOf(trip.tripId);
        const view = await find(trip.tripId);
        expect(await harness.others.payments.find({ paymentId: view?.id ?? '' })).toEqual(view);
        expect(await harness.others.payments.find({ opId: op.id })).toEqual(view);
        expect(await harness.stores.payments.find({ paymentId: randomUUID() })).toBeNull();
        expect(await harness.stores.payments.find({ opId: randomUUID() })).toBeNull();
      });

      test('shows the card of a method that was removed since, and none of another’s', async () => {
        const trip = await acts.trip();
        await trip.completed();
        await acts.carryOut(trip.tripId);
        expect(await harness.stores.methods.remove(step(), trip.riderId, trip.methodId)).toBe('removed');
        expect(await find(trip.tripId)).toMatchObject({ methodId: trip.methodId, last4: '4242' });
        const [own, foreign] = [await acts.trip(), await acts.trip()];
        await force((await own.requested(), own.tripId), ({ payment }) => ({
          payment: { ...payment, methodId: foreign.methodId },
        }));
        expect(await find(own.tripId)).toMatchObject({ methodId: foreign.methodId, last4: null });
      });

      test('tells what a rider owes, the oldest first, until it is paid', async () => {
        const riderId = randomUUID();
        const first = await acts.owed(riderId);
        const second = await acts.owed(riderId);
        await acts.owed();
        const owed = () => harness.stores.payments.outstandingOf(riderId);
        expect(await owed()).toEqual([first, second].map(({ tripId }) => ({ tripId, amount: eur(1_000) })));
        await acts.payDebt(first.tripId, first.methodId);
        await acts.carryOut(first.tripId);
        expect(await owed()).toEqual([{ tripId: second.tripId, amount: eur(1_000) }]);
        await acts.payDebt(second.tripId, second.methodId);
        await acts.carryOut(second.tripId, () => REFUSED);
        expect(await owed()).toHaveLength(1);
      });

      test('hands out what has been on hold for long, once in that time, the longest first', async () => {
        const own = await open(); // other cases have left payments on hold
        const { trip: someTrip } = actsOn(own.stores);
        const held = async () =>
          (await own.stores.payments.takeHeld(5 * MINUTE_MS, 2)).map(({ tripId }) => tripId).toSorted();
        const [first, second, third, ended] = [await someTrip(), await someTrip(), await someTrip(), await someTrip()];
        await first.requested();
        await second.requested();
        await own.pass(2 * MINUTE_MS);
        await third.requested();
        await ended.requested();
        await ended.expired();
        // far from the age, so that a machine that stands still for a while is none the wiser
        await own.pass(MINUTE_MS);
        expect(await held()).toEqual([]);
        await own.pass(2 * MINUTE_MS);
        expect(await held()).toEqual([first.tripId, second.tripId].toSorted());
        expect(await held()).toEqual([]);
        await own.pass(2 * MINUTE_MS);
        expect(await held()).toEqual([third.tripId]);
        await own.close();
      });
    });
  });
}
