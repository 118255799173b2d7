import { createApi } from '../../src/api.ts';
import { CALM } from '../../src/behaviour.ts';
import type { Behaviour } from '../../src/behaviour.ts';
import { runCity } from '../../src/city.ts';
import type { RideWish } from '../../src/demand.ts';
import { createObservations } from '../../src/observations.ts';
import { signIn } from '../../src/session.ts';
import { createSpokenCodes } from '../../src/world.ts';
import type { FakePlatform } from './fake-platform.ts';

const PICKUP = { lat: 41.15, lng: -8.61 };
const DESTINATION = { lat: 41.16, lng: -8.63 };
const SPEED = 20_000;
/** Nobody waits minutes for a platform that only pretends to be busy. */
const PATIENCE_MS = 1_500;

/** What a run on the fake platform is like. */
export interface Run {
  readonly behaviour?: Partial<Behaviour>;
  readonly wishes?: number;
  readonly drivers?: number;
  readonly untilS?: number;
  readonly speed?: number;
  readonly riders?: number;
  readonly verify?: 'at-once' | 'afterwards';
  /** Ends the city from outside after so many milliseconds. */
  readonly stopAfterMs?: number;
  /** Takes no more wishes from this moment on. */
  readonly lastCall?: AbortSignal;
}

/** Runs a city, of one driver unless told otherwise, on the fake platform. */
export async function runOn(
  platform: FakePlatform,
  { behaviour = {}, drivers = 1, speed = SPEED, wishes = 1, ...run }: Run = {},
) {
  const observations = createObservations();
  const api = createApi(platform.url, { patienceMs: PATIENCE_MS });
  const stopping = new AbortController();
  const told: string[] = [];
  const administrator = await signIn(api, { email: 'admin', password: 'admin' });
  const list = Array.from({ length: wishes }, (_unused, index): RideWish => {
    return { index, atS: index * 5_000, pickup: PICKUP, destination: DESTINATION };
  });
  const timer = setTimeout(() => {
    stopping.abort();
  }, run.stopAfterMs ?? 12_000);
  await runCity({
    world: {
      ...{ api, seed: 3, speed, observations, administrator, signal: stopping.signal, settleMs: 300 },
      ...{ behaviour: { ...CALM, rates: 1, ...behaviour }, spokenCodes: createSpokenCodes() },
    },
    drivers,
    riders: run.riders ?? 0,
    verify: run.verify ?? 'at-once',
    wishes: list,
    untilS: run.untilS,
    lastCall: run.lastCall ?? new AbortController().signal,
    progress: {
      signedUp: (done, of) => told.push(`${String(done)}/${String(of)}`),
      begun: () => undefined,
      wished: (count) => told.push(String(count)),
    },
    stop: () => {
      stopping.abort();
    },
  });
  clearTimeout(timer);
  return { observations, told };
}
