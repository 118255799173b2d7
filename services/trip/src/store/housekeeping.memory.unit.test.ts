import { expect, test } from '@jest/globals';
import { createMemoryServer } from '@rideshare/memory';
import { fakeClock } from '@rideshare/testing';
import { idOf, START } from '../../test/support/builders.ts';
import type { Quote } from '../domain/quote.ts';
import { createMemoryStores } from './stores.memory.ts';
import { DAY_MS } from './retention.ts';

const clock = fakeClock(START);
const stores = createMemoryStores(createMemoryServer({ clock }).connect(), () => undefined);

async function fill(number: number): Promise<void> {
  const at = clock.now().toISOString();
  const tripId = idOf('trip', number);
  const offer = { offerId: idOf('offer', number), tripId, driverId: idOf('driver'), pickupEtaS: 1, madeAt: at };
  const verdict = { tripId, driverId: null, gate: 'too_far', detail: {}, times: 1, firstAt: at, lastAt: at };
  await stores.quotes.save({ inputs: { quoteId: idOf('quote', number), expiresAt: at }, signature: 's' } as Quote);
  await stores.records.planOffers([offer]);
  await stores.records.saveVerdicts([verdict]);
  await stores.startCodeAttempts.take(tripId, 5, 1_000);
  await stores.timeline.record({}, tripId, [
    { at, kind: 'slot', type: 't', eventId: idOf('event', number), stream: 's', sequence: 1, traceId: null, data: {} },
  ]);
}

test('housekeeping, in memory, removes what is past its use and nothing else', async () => {
  await fill(1);
  clock.advance(24 * DAY_MS);
  await fill(2);
  const one = { start_code_attempts: 0, dispatch_offers: 0, dispatch_verdicts: 0, timeline_entries: 0 };
  expect(await stores.housekeeping.purge()).toEqual({ ...one, quotes: 1 });
  clock.advance(7 * DAY_MS);
  const old = { start_code_attempts: 1, dispatch_offers: 1, dispatch_verdicts: 1, timeline_entries: 1 };
  expect(await stores.housekeeping.purge()).toEqual({ ...old, quotes: 0 });
  expect(await stores.timeline.of(idOf('trip', 1))).toEqual([]);
  expect(await stores.timeline.of(idOf('trip', 2))).toHaveLength(3);
  expect(await stores.housekeeping.purge()).toEqual({ ...one, quotes: 0 });
});
