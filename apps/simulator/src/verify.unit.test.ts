import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startFakePlatform } from '../test/support/fake-platform.ts';
import type { FakePlatform } from '../test/support/fake-platform.ts';
import { runOn } from '../test/support/run-city.ts';
import type { Run } from '../test/support/run-city.ts';

let platform: FakePlatform;

beforeEach(async () => {
  platform = await startFakePlatform();
});
afterEach(async () => {
  await platform.close();
});

const run = (options: Run = {}) => runOn(platform, options);

describe('a contradiction', () => {
  const eur = (amount: number) => ({ amount, currency: 'EUR' });
  const captured = (amount: number, status = 'captured') => ({ status, captured: eur(amount) });
  const line = (kind: string, amount: number) => ({ kind, amount: eur(amount) });
  const receipt = (total: number, lines: readonly object[], quoted = 557) => ({
    quoted: eur(quoted),
    total: eur(total),
    lines,
  });
  const anotherTrip = { ...{ id: 'x', vehicleClass: 'economy', status: 'expired', version: 2 }, fare: eur(557) };

  it.each<[string, string, unknown, RegExp]>([
    [
      'a capture of another amount',
      'GET /api/payments',
      { items: [captured(500)] },
      /came to 557 and 500 was captured$/,
    ],
    ['a second payment', 'GET /api/payments', { items: [captured(557), captured(557)] }, /has two payments$/],
    [
      'a completed ride that was let off',
      'GET /api/payments',
      { items: [captured(0, 'voided')] },
      /completed and never charged$/,
    ],
    ['a payment that does not settle', 'GET /api/payments', { items: [captured(0, 'authorized')] }, /did not settle$/],
    ['an empty ledger', 'GET /api/trips/{id}/timeline', { entries: [] }, /was charged 557, its ledger says 0$/],
    ['no notice', 'GET /api/notifications', { items: [] }, /was never told: trip_completed$/],
    [
      'a receipt that does not add up',
      'GET /api/trips/{id}/receipt',
      receipt(557, [line('base', 1)]),
      /does not add up$/,
    ],
    [
      'a receipt with another quote',
      'GET /api/trips/{id}/receipt',
      receipt(557, [line('base', 557)], 556),
      /was quoted another fare$/,
    ],
    [
      'a receipt above its quote',
      'GET /api/trips/{id}/receipt',
      receipt(600, [line('base', 600)]),
      /exceeds its quote/,
    ],
    [
      'another fare than quoted',
      'POST /api/quotes',
      { id: '{}', options: [{ vehicleClass: 'economy', fare: eur(1) }] },
      /costs another fare than its quote$/,
    ],
  ])('is %s', async (_name, operation, body, pattern) => {
    platform.tampers.set(operation, ([status]) => [status, body]);
    const { observations } = await run({ stopAfterMs: 3_000 });
    expect(observations.contradictions).toContainEqual(expect.stringMatching(pattern));
  });

  it('is a charge for no ride', async () => {
    platform.tampers.set('GET /api/payments', ([status]) => [status, { items: [captured(557)] }]);
    const { observations } = await run({ behaviour: { declines: 1 }, stopAfterMs: 3_000 });
    expect(observations.contradictions).toContainEqual(expect.stringMatching(/expired and was charged$/));
  });

  it('is a notice that comes twice', async () => {
    platform.tampers.set('GET /api/notifications', ([status, body]) => {
      const { items } = body as { items: unknown[] };
      return [status, { items: [...items, ...items] }];
    });
    const { observations } = await run();
    expect(observations.contradictions).toContainEqual(expect.stringMatching(/was told twice: trip_completed$/));
  });

  it('is a second trip under one key', async () => {
    let asked = 0;
    platform.tampers.set('POST /api/trips', (answer) => {
      asked += 1;
      return asked === 2 ? [201, anotherTrip] : answer;
    });
    const { observations } = await run({ behaviour: { sendsTwice: 1 }, stopAfterMs: 3_000 });
    expect(observations.contradictions).toContainEqual(expect.stringMatching(/^one key made two trips: .* and x$/));
  });

  it('is a version that goes back', async () => {
    platform.tampers.set('GET /api/trips/{id}', ([status, body]) => [status, { ...(body as object), version: 0 }]);
    const { observations } = await run();
    expect(observations.contradictions).toContainEqual(expect.stringMatching(/went back from version 1 to 0$/));
  });

  it('is a ride that was completed and names another driver', async () => {
    platform.tampers.set('PUT /api/trips/{id}/status', ([status, body]) => [
      status,
      { ...(body as object), driverId: 'x' },
    ]);
    const { observations } = await run();
    expect(observations.contradictions).toContainEqual(expect.stringMatching(/names another one$/));
  });

  it('is a trip that cannot be read', async () => {
    platform.tampers.set('GET /api/trips/{id}', () => [404, { code: 'TRIP_NOT_FOUND', detail: 'gone' }]);
    const { observations } = await run({ stopAfterMs: 6_000 });
    expect(observations.contradictions).toContainEqual(expect.stringMatching(/cannot be followed: 404 TRIP_NOT_FOUND/));
  });
});
