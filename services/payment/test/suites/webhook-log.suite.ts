import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { actsOn, REFUSED, SILENT } from '../support/acts.ts';
import type { MakeStores, StoresHarness } from '../support/stores-harness.ts';

const DAY_MS = 86_400_000;

/** What every log of webhooks promises. */
export function webhookLogSuite(name: string, open: MakeStores): void {
  describe(`${name}, as a log of webhooks`, () => {
    let harness: StoresHarness;
    let acts: ReturnType<typeof actsOn>;

    beforeAll(async () => {
      harness = await open();
      acts = actsOn(harness.stores);
    });
    afterAll(async () => {
      await harness.close();
    });

    const receive = (pspKey: string | null, eventId = randomUUID(), gateway = 'sandbox') =>
      harness.stores.webhooks.receive({ gateway, eventId, pspKey });

    async function held() {
      const trip = await acts.trip();
      await trip.requested();
      const op = await acts.leaseOf(trip.tripId);
      return { ...trip, op };
    }

    test('receive, of an event, takes it in once for each gateway', async () => {
      const eventId = randomUUID();
      const taken = await Promise.all([1, 2, 3, 4].map(() => receive(null, eventId)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await receive(null, eventId)).toBe(false);
      expect(await receive(null, eventId, 'another')).toBe(true);
    });

    test('receive, about an operation in doubt, makes it due at once and wakes who asks', async () => {
      const { op } = await held();
      await acts.doubt(op, DAY_MS);
      const calls = harness.dueCalls();
      expect(await acts.lease({ paymentId: op.paymentId })).toEqual([]);
      const eventId = randomUUID();
      expect(await receive(op.pspKey, eventId)).toBe(true);
      expect(harness.dueCalls()).toBe(calls + 1);
      expect(await acts.lease({ paymentId: op.paymentId })).toMatchObject([{ id: op.id, mode: 'query' }]);
      await acts.doubt(op, DAY_MS);
      expect(await receive(op.pspKey, eventId)).toBe(false);
      expect(await acts.lease({ paymentId: op.paymentId })).toEqual([]);
    });

    test('receive, about an operation that was given up or refused, has it looked at once more', async () => {
      for (const answer of [SILENT, REFUSED]) {
        const { op } = await held();
        await acts.settle(op, answer);
        await receive(op.pspKey);
        expect(await acts.lease({ paymentId: op.paymentId })).toMatchObject([{ id: op.id, mode: 'recheck' }]);
        await harness.stores.operations.forget(op.id);
      }
    });

    test('receive, about what is under way or unknown, disturbs nobody', async () => {
      const { op } = await held();
      const calls = harness.dueCalls();
      expect([await receive(op.pspKey), await receive(randomUUID())]).toEqual([true, true]);
      expect(harness.dueCalls()).toBe(calls);
      expect(await acts.lease({ paymentId: op.paymentId })).toEqual([]);
    });
  });
}
