import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { LeasedOp } from '../../src/usecases/ports.ts';
import { actsOn, done, LEASE_MS, REFUSED, SILENT, step } from '../support/acts.ts';
import { eur } from '../support/running-payment.ts';
import type { MakeStores, StoresHarness } from '../support/stores-harness.ts';

const DELAY_MS = 600_000;
const idsOf = (ops: readonly LeasedOp[]): string[] => ops.map(({ id }) => id);

/** What every queue of operations promises. */
export function operationQueueSuite(name: string, open: MakeStores): void {
  describe(`${name}, as a queue of operations`, () => {
    let harness: StoresHarness;
    let acts: ReturnType<typeof actsOn>;

    // what one case leaves behind becomes due in another
    beforeEach(async () => {
      harness = await open();
      acts = actsOn(harness.stores);
    });
    afterEach(async () => {
      await harness.close();
    });

    /** A trip whose hold is planned. */
    const planned = async () => {
      const trip = await acts.trip();
      await trip.requested();
      return trip;
    };

    test('lease, of what is planned, hands it out to be sent, once', async () => {
      const trip = await planned();
      const [op, ...none] = await acts.lease();
      expect(none).toEqual([]);
      expect(op).toEqual({
        id: expect.any(String),
        mode: 'send',
        kind: 'hold',
        attempt: 1,
        paymentId: await acts.paymentOf(trip.tripId),
        tripId: trip.tripId,
        goal: 'hold',
        pspKey: expect.any(String),
        amount: eur(1_000),
        targetRef: null,
        token: 'tok_ok',
        sends: 1,
        queries: 0,
        sinceSentMs: expect.any(Number),
        trace: {},
      });
      expect(await acts.lease()).toEqual([]);
      expect(await actsOn(harness.others).lease()).toEqual([]);
    });

    test('lease, of a method that is removed or another’s, has no token to give', async () => {
      const [own, foreign] = [await acts.trip(), await acts.trip()];
      await harness.stores.methods.remove(step(), own.riderId, own.methodId);
      await own.requested();
      expect((await acts.leaseOf(own.tripId)).token).toBeNull();
      const other = await acts.trip();
      await acts.news({ ...other, methodId: foreign.methodId }).requested();
      expect((await acts.leaseOf(other.tripId)).token).toBeNull();
    });

    test('lease, of a payment with several to do, takes one after the other in the order of planning', async () => {
      const trip = await acts.owed();
      await acts.payDebt(trip.tripId, trip.methodId);
      await acts.carryOut(trip.tripId);
      const refunds = [await acts.refund(trip, 100), await acts.refund(trip, 200), await acts.refund(trip, 300)];
      const amounts: number[] = [];
      for (const _refund of refunds) {
        const [op, ...none] = await acts.lease();
        expect(none).toEqual([]);
        expect(await acts.lease()).toEqual([]);
        amounts.push(op?.amount.amount ?? 0);
        await acts.settle(op!, done(op!));
      }
      expect(amounts).toEqual([100, 200, 300]);
    });

    test('lease, by two processes at once, gives each operation to one of them', async () => {
      const trips = await Promise.all(Array.from({ length: 12 }, planned));
      const elsewhere = actsOn(harness.others);
      const leased: LeasedOp[] = [];
      while (leased.length < trips.length) {
        leased.push(...(await Promise.all([acts.lease({ limit: 3 }), elsewhere.lease({ limit: 3 })])).flat());
      }
      expect(leased.map(({ tripId }) => tripId).toSorted()).toEqual(trips.map(({ tripId }) => tripId).toSorted());
    });

    test('lease, of what was sent and not heard of until the lease was over, hands it out to be asked about', async () => {
      const trip = await planned();
      const sent = await acts.leaseOf(trip.tripId);
      await harness.pass(LEASE_MS / 2);
      expect(await acts.lease()).toEqual([]);
      await harness.pass(LEASE_MS / 2);
      const [op] = await acts.lease();
      expect(op).toMatchObject({ id: sent.id, pspKey: sent.pspKey, mode: 'query', sends: 1, queries: 1 });
      expect(op?.sinceSentMs).toBeGreaterThanOrEqual(LEASE_MS);
      expect((await acts.aggregate(trip.tripId)).ops[0]?.state).toBe('unknown');
      await harness.pass(LEASE_MS);
      expect(await acts.lease()).toMatchObject([{ id: sent.id, mode: 'query', queries: 2 }]);
    });

    test('lease, of what is in doubt, waits as long as was said', async () => {
      const trip = await planned();
      const op = await acts.leaseOf(trip.tripId);
      await acts.doubt(op, DELAY_MS);
      await harness.pass(DELAY_MS / 2);
      expect([await acts.lease(), await acts.lease({ paymentId: op.paymentId })]).toEqual([[], []]);
      await harness.pass(DELAY_MS / 2);
      expect(await acts.lease()).toMatchObject([{ id: op.id, mode: 'query' }]);
    });

    test('lease, of what was given up unanswered, hands it out once more, late', async () => {
      const trip = await planned();
      const op = await acts.leaseOf(trip.tripId);
      await acts.settle(op, SILENT);
      expect(await acts.lease()).toEqual([]);
      await harness.pass(DELAY_MS);
      const [late] = await acts.lease();
      expect(late).toMatchObject({ id: op.id, mode: 'recheck', queries: 0 });
      expect((await acts.aggregate(trip.tripId)).ops[0]?.state).toBe('failed');
      expect(await acts.lease()).toEqual([]);
      await harness.pass(LEASE_MS);
      expect(await acts.lease()).toMatchObject([{ id: op.id, mode: 'recheck' }]);
      await harness.stores.operations.forget(op.id);
      await harness.pass(DELAY_MS);
      expect(await acts.lease()).toEqual([]);
    });

    test('lease, of one payment, takes what is planned for later, and nothing of others', async () => {
      const trip = await acts.owed();
      await planned();
      await acts.payDebt(trip.tripId, trip.methodId);
      const paymentId = await acts.paymentOf(trip.tripId);
      expect(await acts.lease({ paymentId })).toMatchObject([{ kind: 'debt_hold', paymentId }]);
      expect(await acts.lease({ paymentId })).toEqual([]);
      const later = await acts.owed();
      await acts.payDebt(later.tripId, later.methodId);
      expect(idsOf(await acts.lease())).not.toContain((await acts.leaseOf(later.tripId)).id);
    });

    test('lease, of more than may be taken, takes doubts first and late looks last', async () => {
      const [late, doubtful, fresh] = [await planned(), await planned(), await planned()];
      await acts.settle(await acts.leaseOf(late.tripId), SILENT);
      await acts.doubt(await acts.leaseOf(doubtful.tripId), 0);
      await harness.pass(DELAY_MS);
      const order: string[] = [];
      for (let taken = 0; taken < 3; taken += 1)
        order.push(...(await acts.lease({ limit: 1 })).map(({ mode }) => mode));
      expect(order).toEqual(['query', 'send', 'recheck']);
      expect((await acts.aggregate(fresh.tripId)).ops[0]?.state).toBe('sent');
    });

    test('resend, of what is in doubt, sends it once more; of anything else it does not', async () => {
      const trip = await planned();
      const op = await acts.leaseOf(trip.tripId);
      const resend = () => harness.stores.operations.resend(op.id, LEASE_MS);
      expect(await resend()).toBe(false);
      await acts.doubt(op, 0);
      await harness.pass(1);
      await acts.leaseOf(trip.tripId);
      expect(await Promise.all([resend(), harness.others.operations.resend(op.id, LEASE_MS)])).toContain(true);
      expect(await resend()).toBe(false);
      expect(await acts.lease()).toEqual([]);
      await harness.pass(LEASE_MS);
      expect(await acts.lease()).toMatchObject([{ id: op.id, mode: 'query', sends: 2, queries: 2 }]);
      await acts.settle(op, REFUSED);
      expect(await resend()).toBe(false);
    });

    test('lease, while what it takes is being cancelled, is the one or the other', async () => {
      for (let round = 0; round < 25; round += 1) {
        const trip = await planned();
        const [leased] = await Promise.all([actsOn(harness.others).lease(), trip.expired()]);
        const [hold] = (await acts.aggregate(trip.tripId)).ops;
        expect([leased.length, hold?.state]).toEqual(leased.length === 1 ? [1, 'sent'] : [0, 'failed']);
      }
    });

    test('the census, of what is under way, counts it and tells how long a doubt has lasted', async () => {
      const { census } = harness.stores;
      expect([await census.countActive(), await census.oldestDoubtS()]).toEqual([0, 0]);
      const trip = await planned();
      expect(await census.countActive()).toBe(1);
      await acts.doubt(await acts.leaseOf(trip.tripId), 0);
      await harness.pass(90_000);
      expect(await census.oldestDoubtS()).toBeGreaterThanOrEqual(90);
      expect(await census.countActive()).toBe(1);
      await acts.carryOut(trip.tripId, () => REFUSED);
      expect([await census.countActive(), await census.oldestDoubtS()]).toEqual([0, 0]);
    });
  });
}
