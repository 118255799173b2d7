import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startFakePlatform } from '../test/support/fake-platform.ts';
import type { FakePlatform } from '../test/support/fake-platform.ts';
import { runOn } from '../test/support/run-city.ts';
import type { Run } from '../test/support/run-city.ts';
import type { Observations } from './observations.ts';

let platform: FakePlatform;

beforeEach(async () => {
  platform = await startFakePlatform();
});
afterEach(async () => {
  await platform.close();
});

const run = (options: Run = {}) => runOn(platform, options);
const calls = (method: string, pattern: RegExp) =>
  platform.received.filter((request) => request.method === method && pattern.test(request.path));

/** The ride went as far as it should, and nothing contradicts. */
function expectPeace({ contradictions, tally }: Observations, expected: Partial<Observations['tally']>): void {
  expect({ contradictions, ...tally }).toMatchObject({ contradictions: [], ...expected });
}

describe('a city', () => {
  it('takes a wish from the quote to the receipt', async () => {
    const { observations, told } = await run();
    expectPeace(observations, { requested: 1, completed: 1, charged: 557, ledger: 557 });
    expect(observations.waitsS).toHaveLength(1);
    expect(observations.offerDelaysMs).toHaveLength(1);
    expect(told).toEqual(['1/1', '1']);
    expect(calls('POST', /rating$/)).toHaveLength(2);
    const steps = calls('PUT', /api\/trips\/.*status$/).map(({ body }) => (body as { status: string }).status);
    expect(steps).toEqual(['accepted', 'arrived', 'in_progress', 'completed']);
  });

  it('gives the next wish to a rider who is free again, and signs up no more than it needs', async () => {
    const { observations } = await run({ wishes: 3, drivers: 2 });
    expectPeace(observations, { requested: 3, completed: 3, charged: 3 * 557 });
    expect(calls('POST', /^\/api\/users$/).length).toBeLessThanOrEqual(2 + 3);
  });

  it('has riders sign up beforehand, and checks the rides when all are over', async () => {
    const { observations } = await run({ wishes: 2, riders: 3, verify: 'afterwards' });
    expectPeace(observations, { requested: 2, completed: 2, charged: 2 * 557, ledger: 2 * 557 });
    expect(observations.completions.reduce((sum, count) => sum + count, 0)).toBe(2);
    const order = platform.received.map(({ method, path }) => `${method} ${path}`);
    const lastStep = order.findLastIndex((call) => /^PUT .*\/trips\/.*status$/.test(call));
    expect(order.findIndex((call) => call.endsWith('/receipt'))).toBeGreaterThan(lastStep);
    // one driver and the riders; three of them listen though two would do
    const streams = platform.received.filter(({ path }) => path === '/api/stream');
    expect(new Set(streams.map(({ headers }) => headers.authorization)).size).toBe(1 + 3);
  });

  it('counts a wish as refused when nobody can sign up for it', async () => {
    platform.tampers.set('POST /api/users', (answer, { body }) =>
      (body as { email: string }).email.startsWith('rider') ? [503, { code: 'OVERLOADED', detail: 'busy' }] : answer,
    );
    const { observations } = await run({});
    expectPeace(observations, { requested: 0, refused: 1 });
    expect([...observations.refusals]).toEqual([['OVERLOADED', 1]]);
  });

  it('takes up no wish after its time', async () => {
    const { observations } = await run({ wishes: 3, untilS: 5_000 });
    expect(observations.tally.requested).toBe(2);
  });

  it('takes up no wish after the last call, and lets the ride under way end', async () => {
    const { observations } = await run({ wishes: 2, speed: 600, lastCall: AbortSignal.timeout(100) });
    expectPeace(observations, { requested: 1, completed: 1 });
  });

  it('submits the documents that are missing and has each of them approved', async () => {
    await run({ wishes: 0 });
    expect(calls('POST', /documents$/).map(({ body }) => (body as { type: string }).type)).toEqual([
      'vehicle_registration',
    ]);
    expect(calls('PUT', /review$/)).toHaveLength(2);
    expect(calls('PUT', /drivers\/[^/]+\/status$/).map(({ body }) => body)).toEqual([
      { status: 'available' },
      { status: 'offline' },
    ]);
  });

  it('needs no documents of a driver who has them from an earlier run', async () => {
    platform.tampers.set('POST /api/drivers', () => [409, { code: 'DRIVER_EXISTS', detail: 'again' }]);
    platform.tampers.set('GET /api/drivers/{id}', () => [200, { verification: 'verified' }]);
    platform.tampers.set('PUT /api/drivers/{id}/status', () => [409, { code: 'DRIVER_ON_TRIP', detail: 'busy' }]);
    const { observations } = await run({ wishes: 0 });
    expect(observations.contradictions).toEqual([]);
    expect(calls('POST', /documents$/)).toEqual([]);
  });

  it('stops in the middle of a ride when it is told', async () => {
    const { observations } = await run({ speed: 60, stopAfterMs: 700 });
    expectPeace(observations, { requested: 1, completed: 0, unfinished: 1 });
  });
});

describe('a rider', () => {
  it('pays by card, and by one that fails where the dice say so', async () => {
    await run({ behaviour: { paysByCard: 1, cardFails: 1 } });
    const [card] = calls('POST', /payments\/methods$/);
    expect((card?.body as { token: string }).token).toMatch(/^tok_(?!ok)/);
  });

  it('sends a request twice at once under one key', async () => {
    const { observations } = await run({ behaviour: { sendsTwice: 1 } });
    expectPeace(observations, { requested: 1, completed: 1 });
    const keys = calls('POST', /^\/api\/trips$/).map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  it('changes its mind before a driver is found', async () => {
    const { observations } = await run({ behaviour: { cancelsBeforeMatch: 1, ignores: 1 }, speed: 600 });
    expectPeace(observations, { requested: 1, cancelled: 1, charged: 0 });
  });

  it('changes its mind after a driver was found, and the driver drives on to somebody else', async () => {
    const { observations } = await run({ behaviour: { cancelsAfterMatch: 1 }, speed: 600 });
    expectPeace(observations, { requested: 1, cancelled: 1, completed: 0 });
  });

  it('does not come, and is cancelled by a driver who has waited', async () => {
    const { observations } = await run({ behaviour: { doesNotShow: 1 } });
    expectPeace(observations, { requested: 1, cancelled: 1 });
    expect(calls('PUT', /trips\/.*status$/).at(-1)?.body).toMatchObject({ reason: 'rider_no_show' });
  });

  it.each([
    ['POST /api/quotes', 422, 'OUTSIDE_SERVICE_AREA'],
    ['POST /api/trips', 409, 'PAYMENT_OUTSTANDING'],
  ])('that is refused at %s counts as refused, with the code', async (operation, status, code) => {
    platform.tampers.set(operation, () => [status, { code, detail: 'no' }]);
    const { observations } = await run({ wishes: 2 });
    expectPeace(observations, { requested: 0, refused: 2 });
    expect(observations.refusals).toEqual(new Map([[code, 2]]));
  });

  it('that cannot sign up is one failed wish', async () => {
    platform.tampers.set('POST /api/users', (answer, { body }) => {
      const { email } = body as { email: string };
      return email.startsWith('rider') ? [403, { code: 'CLOSED', detail: 'no' }] : answer;
    });
    const { observations } = await run({ wishes: 2 });
    expect(observations.contradictions).toEqual(['wish 0 failed: 403 CLOSED: no', 'wish 1 failed: 403 CLOSED: no']);
  });
});

describe('a driver', () => {
  it('declines', async () => {
    const { observations } = await run({ behaviour: { declines: 1 } });
    expectPeace(observations, { requested: 1, expired: 1 });
    expect(calls('POST', /decline$/)).toHaveLength(1);
  });

  it('takes it when the trip has gone to somebody else', async () => {
    let refused = 0;
    platform.tampers.set('PUT /api/trips/{id}/status', (answer, { body }) => {
      if ((body as { status: string }).status !== 'accepted') return answer;
      refused += 1;
      return [409, { code: 'OFFER_NOT_AVAILABLE', detail: 'gone' }];
    });
    const { observations } = await run({ stopAfterMs: 600 });
    expectPeace(observations, { requested: 1, unfinished: 1 });
    expect(refused).toBe(1);
  });

  it('drives without a position', async () => {
    const { observations } = await run({ behaviour: { losesGps: 1 } });
    expectPeace(observations, { completed: 1 });
    expect(calls('POST', /location$/)).toHaveLength(1);
  });

  it('that is answered nonsense gives up aloud', async () => {
    platform.tampers.set('PUT /api/trips/{id}/status', (answer, { body }) =>
      (body as { status: string }).status === 'arrived' ? [422, { code: 'VALIDATION_FAILED', detail: 'x' }] : answer,
    );
    const { observations } = await run({ stopAfterMs: 1_500 });
    expect(observations.contradictions).toEqual(['a driver gave up: 422 VALIDATION_FAILED: x']);
  });
});
