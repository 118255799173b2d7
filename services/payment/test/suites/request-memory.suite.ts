import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MakeStores, StoresHarness } from '../support/stores-harness.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What every memory of requests promises. */
export function requestMemorySuite(name: string, open: MakeStores): void {
  describe(`${name}, as a memory of requests`, () => {
    let harness: StoresHarness;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(async () => {
      await harness.close();
    });

    test('purge, forgets a webhook when nobody repeats it any more', async () => {
      const receive = (eventId: string) =>
        harness.stores.webhooks.receive({ gateway: 'sandbox', eventId, pspKey: null });
      const [old, young] = [randomUUID(), randomUUID()];
      await receive(old);
      await harness.pass(20 * DAY_MS);
      await receive(young);
      await harness.stores.memory.purge();
      expect(await receive(old)).toBe(false);
      await harness.pass(11 * DAY_MS);
      await harness.stores.memory.purge();
      expect([await receive(old), await receive(young)]).toEqual([true, false]);
    });

    test('purge, forgets the answer to a request when nobody asks again', async () => {
      const scope = { principal: 'user:1', route: 'POST /api/payments', key: randomUUID() };
      const begin = () => harness.requests.begin(scope, 'hash', { seed: 'seed', at: new Date() }, HOUR_MS);
      const claim = await begin();
      if (claim.outcome !== 'started') throw new Error('the key is new');
      await harness.requests.finish(scope, claim.token, { status: 201, headers: {}, body: null });
      await harness.pass(71 * HOUR_MS);
      await harness.stores.memory.purge();
      expect(await begin()).toMatchObject({ outcome: 'replay' });
      await harness.pass(2 * HOUR_MS);
      await harness.stores.memory.purge();
      expect(await begin()).toMatchObject({ outcome: 'started', resumed: false });
    });
  });
}
