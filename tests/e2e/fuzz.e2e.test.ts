import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ADMIN, goOffline, newDriver, newRider, signIn, succeed } from './support/client.ts';
import type { Actor } from './support/client.ts';
import { changedTables, createDigester } from './support/digest.ts';
import type { Digester } from './support/digest.ts';
import { createForger } from './support/forge.ts';
import { fuzzedRoutes, isMisfit, madeUpRequests, tryOut } from './support/fuzz.ts';
import type { Known, MadeUp, Outcome } from './support/fuzz.ts';
import { startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { endWaitingTrips } from './support/trip.ts';

const BATCH = 50;
const MISFIT_BATCHES = 20;
const MIXED_BATCHES = 30;

let platform: Platform;
let people: readonly Actor[];
let known: Known;
let digester: Digester;

beforeAll(async () => {
  platform = await startPlatform();
  const [rider, other, operator, supporter] = [
    await newRider(platform),
    await newRider(platform),
    await newRider(platform),
    await newRider(platform),
  ];
  const driver = await newDriver(platform);
  await goOffline(platform, driver);
  people = [rider, other, operator, supporter, driver];
  const { valid } = createForger(platform);
  known = {
    // an operator's token opens everything, so that the walls behind it are tried, too
    tokens: [
      rider.token,
      valid(driver.id, { roles: ['rider', 'driver'] }),
      valid(operator.id, { roles: ['rider', 'admin'] }),
      valid(supporter.id, { roles: ['rider', 'support'] }),
      valid(rider.id, { roles: ['rider', 'driver', 'support', 'admin'] }),
      undefined,
    ],
    ids: [rider.id, driver.id, other.id],
  };
  digester = await createDigester(platform);
}, 180_000);

afterAll(async () => {
  await digester.close();
  // whoever was let onto the street on the way
  const admin = await signIn(platform, ADMIN);
  const body = { suspended: true, reason: 'was made up' };
  for (const { id } of people) {
    await succeed(platform, 'PUT', `/api/users/${id}/suspension`, { token: admin.token, body }).catch(() => undefined);
  }
});

const sendAll = (batch: readonly MadeUp[]): Promise<Outcome[]> =>
  Promise.all(batch.map((made) => tryOut(platform, made, known)));
const problemsOf = (outcomes: readonly Outcome[]) => outcomes.flatMap(({ problem }) => problem ?? []);

describe('a request made up from the description of a route', () => {
  it('that does not fit is refused as declared, at once, and leaves nothing', async () => {
    const seed = Date.now() % 2 ** 31;
    await endWaitingTrips(platform, await signIn(platform, ADMIN));
    const before = await digester.settled();
    const misfits = madeUpRequests({ exact: false }).filter(isMisfit);
    const batches = fc.sample(fc.array(misfits, { minLength: BATCH, maxLength: BATCH }), {
      numRuns: MISFIT_BATCHES,
      seed,
    });
    for (const batch of batches) {
      const outcomes = await sendAll(batch);
      expect({ seed, problems: problemsOf(outcomes) }).toEqual({ seed, problems: [] });
      const granted = batch.flatMap(({ body, route }, index) =>
        (outcomes[index]?.status ?? 0) < 400 ? [`${route.id} ${body ?? ''}`] : [],
      );
      expect({ seed, granted }).toEqual({ seed, granted: [] });
      const left = changedTables(before, await digester.digest());
      expect({ seed, left }).toEqual({ seed, left: [] });
    }
  });

  it('that fits, or almost does, is answered as declared, at once', async () => {
    const seed = Date.now() % 2 ** 31;
    const requests = fc.oneof(
      { arbitrary: madeUpRequests({ exact: true }), weight: 3 },
      { arbitrary: madeUpRequests({ exact: false }), weight: 1 },
    );
    const batches = fc.sample(fc.array(requests, { minLength: BATCH, maxLength: BATCH }), {
      numRuns: MIXED_BATCHES,
      seed,
    });
    const answered = new Set<string>();
    for (const batch of batches) {
      const outcomes = await sendAll(batch);
      expect({ seed, problems: problemsOf(outcomes) }).toEqual({ seed, problems: [] });
      outcomes.forEach(({ status }, index) => {
        if (status < 300) answered.add(batch[index]?.route.id ?? '');
      });
    }
    // a generator of nothing but refusals would prove little
    expect(answered.size).toBeGreaterThan(fuzzedRoutes.length / 3);
  });
});
