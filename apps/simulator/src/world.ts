import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from './api.ts';
import type { Behaviour } from './behaviour.ts';
import type { Observations } from './observations.ts';
import type { Session } from './session.ts';

/** What every agent lives in. */
export interface World {
  readonly api: Api;
  readonly seed: number;
  /** City seconds that pass in one second. */
  readonly speed: number;
  readonly behaviour: Behaviour;
  readonly observations: Observations;
  readonly administrator: Session;
  /** Aborts when the city is to stop. */
  readonly signal: AbortSignal;
  /** How riders tell their drivers the start code: by saying it. */
  readonly spokenCodes: SpokenCodes;
  /** How long payment, ledger and inbox of an ended ride may take to agree. */
  readonly settleMs: number;
}

/** Sleeps for real milliseconds, or until the signal aborts. */
export async function sleepMs(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** Sleeps for city seconds. */
export function sleepCityS(world: World, cityS: number): Promise<void> {
  return sleepMs((cityS * 1000) / world.speed, world.signal);
}

/** Start codes on their way from riders to drivers. */
export interface SpokenCodes {
  say(tripId: string, code: string): void;
  /** The code, or `undefined` when nobody has said it by then. */
  hear(tripId: string, withinMs: number, signal: AbortSignal): Promise<string | undefined>;
}

/** Word of mouth. */
export function createSpokenCodes(): SpokenCodes {
  const said = new Map<string, string>();
  const ears = new Map<string, (code: string) => void>();
  return {
    say(tripId, code) {
      const ear = ears.get(tripId);
      if (ear) ear(code);
      else said.set(tripId, code);
    },
    async hear(tripId, withinMs, signal) {
      const known = said.get(tripId);
      said.delete(tripId);
      if (known !== undefined) return known;
      const patience = new AbortController();
      const heard = new Promise<string>((resolve) => ears.set(tripId, resolve));
      const code = await Promise.race([heard, sleepMs(withinMs, AbortSignal.any([signal, patience.signal]))]);
      patience.abort();
      ears.delete(tripId);
      return code ?? undefined;
    },
  };
}

/** Runs `work` on every item, at most `width` at a time. */
export async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
