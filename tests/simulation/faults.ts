import type { RandomStream } from '@rideshare/kernel';

/** The services that a world runs, and how many processes of each. */
export const PROCESSES = { trip: 2, driver: 2, payment: 2, notification: 1 } as const;
/** A service of a simulated world. */
export type SimService = keyof typeof PROCESSES;

interface At {
  /** Milliseconds after the city has opened. */
  readonly atMs: number;
}

interface AtProcess extends At {
  readonly service: SimService;
  readonly index: number;
}

/** Something that goes wrong, once. */
export type Fault =
  | (AtProcess & { readonly kind: 'kill'; readonly downMs: number })
  | (AtProcess & { readonly kind: 'crash_in_transaction'; readonly steps: number; readonly downMs: number })
  | (AtProcess & { readonly kind: 'pause'; readonly forMs: number })
  | (AtProcess & { readonly kind: 'clock_jump'; readonly offsetMs: number; readonly forMs: number })
  | (At & { readonly kind: 'partition'; readonly from: string; readonly to: string; readonly forMs: number })
  | (At & {
      readonly kind: 'lossy_network';
      readonly dropped: number;
      readonly doubled: number;
      readonly forMs: number;
    })
  | (At & { readonly kind: 'slow_network'; readonly latencyMs: number; readonly late: number; readonly forMs: number })
  | (AtProcess & { readonly kind: 'slow_store'; readonly slowMs: number; readonly forMs: number })
  | (AtProcess & { readonly kind: 'lost_replies'; readonly lost: number; readonly forMs: number })
  | (AtProcess & { readonly kind: 'failing_disk'; readonly failing: number; readonly forMs: number });

const SERVICES = Object.keys(PROCESSES) as SimService[];
/** From the calmest plan to the wildest: a fault in so many milliseconds. */
const EVERY_MS = [24_000, 12_000, 6_000, 3_000] as const;
/** The chance that a plan has a kind of fault at all. */
const KIND = 0.45;

type Make = (random: RandomStream, at: AtProcess, forMs: number) => Fault;

const downMs = (random: RandomStream): number => Math.round(random.between(0, 15_000));

const MAKES: readonly Make[] = [
  (random, at) => ({ ...at, kind: 'kill', downMs: downMs(random) }),
  (random, at) => ({ ...at, kind: 'crash_in_transaction', steps: 1 + random.integer(60), downMs: downMs(random) }),
  (random, at) => ({ ...at, kind: 'crash_in_transaction', steps: 1 + random.integer(12), downMs: downMs(random) }),
  (random, at) => ({ ...at, kind: 'pause', forMs: Math.round(random.between(500, 40_000)) }),
  (random, at, forMs) => ({
    ...at,
    kind: 'clock_jump',
    offsetMs: Math.round(random.between(-300_000, 300_000)),
    forMs,
  }),
  (random, { atMs }, forMs) => ({ atMs, kind: 'partition', forMs, ...somePair(random) }),
  (random, { atMs }, forMs) => {
    const [dropped, doubled] = [random.between(0, 0.3), random.between(0, 0.3)];
    return { atMs, kind: 'lossy_network', dropped, doubled, forMs };
  },
  (random, { atMs }, forMs) => {
    const [latencyMs, late] = [random.between(10, 800), random.between(0, 0.1)];
    return { atMs, kind: 'slow_network', latencyMs, late, forMs };
  },
  (random, at, forMs) => ({ ...at, kind: 'slow_store', slowMs: random.between(20, 1_500), forMs }),
  (random, at, forMs) => ({ ...at, kind: 'lost_replies', lost: random.between(0.05, 0.7), forMs }),
  (random, at, forMs) => ({ ...at, kind: 'failing_disk', failing: random.between(0.05, 0.6), forMs }),
];

/**
 * A plan of faults for a city that is open for `durationMs`. Each plan has some kinds of faults only, and its own pace:
 * where everything happens at once, one fault hides what another would bring to light (Groce et al., Swarm Testing, 2012).
 */
export function planFaults(random: RandomStream, durationMs: number): Fault[] {
  const everyMs = EVERY_MS[random.integer(EVERY_MS.length)] ?? EVERY_MS[0];
  const chosen = MAKES.filter(() => random.chance(KIND));
  const makes = chosen.length > 0 ? chosen : MAKES;
  const faults: Fault[] = [];
  for (let atMs = 0; ;) {
    atMs += random.between(0, 2 * everyMs);
    if (atMs > durationMs) return faults;
    const service = SERVICES[random.integer(SERVICES.length)] ?? 'trip';
    const at = { atMs: Math.round(atMs), service, index: random.integer(PROCESSES[service]) };
    const make = makes[random.integer(makes.length)];
    if (make) faults.push(make(random, at, Math.round(random.between(1_000, 25_000))));
  }
}

function somePair(random: RandomStream): { from: string; to: string } {
  const ends = ['people', ...SERVICES];
  const from = ends[random.integer(ends.length)] ?? 'people';
  const others = ends.filter((end) => end !== from);
  return { from, to: others[random.integer(others.length)] ?? 'trip' };
}
