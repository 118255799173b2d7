/** How a ride wish ended, as its rider saw it. */
export type Ending = 'completed' | 'cancelled' | 'expired' | 'refused' | 'unfinished';

/** What the agents saw, added up. */
export interface Tally {
  requested: number;
  completed: number;
  cancelled: number;
  expired: number;
  refused: number;
  /** Still going on when the city was stopped. */
  unfinished: number;
  /** Minor units captured from riders, and what the ledger booked as taken. */
  charged: number;
  ledger: number;
}

/** What the agents saw, for the report. */
export interface Observations {
  readonly tally: Tally;
  readonly contradictions: readonly string[];
  readonly refusals: ReadonlyMap<string, number>;
  /** Seconds from the request to the acceptance. */
  readonly waitsS: readonly number[];
  /** Milliseconds from the request's answer to the first offer that a driver of ours saw. */
  readonly offerDelaysMs: readonly number[];
  /** Rides completed in each second since the first wish; an endless city counts its first hours. */
  readonly completions: readonly number[];
  begin(): void;
  contradict(what: string): void;
  refuse(code: string): void;
  end(ending: Ending): void;
  waited(seconds: number): void;
  requested(tripId: string): void;
  offered(tripId: string): void;
}

/** Waits kept for percentiles; an endless city forgets the oldest. */
const SAMPLES_MAX = 20_000;

function keep(samples: number[], value: number): void {
  samples.push(value);
  if (samples.length > SAMPLES_MAX) samples.shift();
}

/** An empty notebook. */
export function createObservations(): Observations {
  const tally: Tally = {
    requested: 0,
    completed: 0,
    cancelled: 0,
    expired: 0,
    refused: 0,
    unfinished: 0,
    charged: 0,
    ledger: 0,
  };
  const contradictions: string[] = [];
  const refusals = new Map<string, number>();
  const waitsS: number[] = [];
  const offerDelaysMs: number[] = [];
  const completions: number[] = [];
  const waiting = new Map<string, number>();
  let begunAt = performance.now();
  const complete = (): void => {
    const second = Math.floor((performance.now() - begunAt) / 1000);
    if (second >= SAMPLES_MAX) return;
    while (completions.length <= second) completions.push(0);
    completions[second] = (completions[second] ?? 0) + 1;
  };
  return {
    tally,
    contradictions,
    refusals,
    waitsS,
    offerDelaysMs,
    completions,
    begin() {
      begunAt = performance.now();
    },
    contradict(what) {
      contradictions.push(what);
    },
    refuse(code) {
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
    },
    end(ending) {
      tally[ending] += 1;
      if (ending === 'completed') complete();
    },
    waited(seconds) {
      keep(waitsS, seconds);
    },
    requested(tripId) {
      tally.requested += 1;
      waiting.set(tripId, performance.now());
    },
    offered(tripId) {
      const since = waiting.get(tripId);
      if (since === undefined) return;
      waiting.delete(tripId);
      keep(offerDelaysMs, performance.now() - since);
    },
  };
}

/** The value below which `share` of the samples lie; `null` without samples. */
export function percentile(samples: readonly number[], share: number): number | null {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}
