/** Who repeats a request under its key this long has got a yes or a no. */
export const PROMISED_MS = 10_000;
/** Late ones that are told of by name. */
const SHOWN_MAX = 30;

/** How long requests with a key took until their yes or no, with all their repetitions. */
export interface PatienceReport {
  readonly answered: number;
  /** Of all of them, those that took longer than is promised, or never got an answer. */
  readonly late: number;
  readonly longestMs: number;
  readonly examples: readonly string[];
}

/** Adds up how long keyed requests take. */
export interface Patience {
  settled(route: string, key: string, tookMs: number, answered: boolean): void;
  report(): PatienceReport;
}

/** Nothing asked yet. */
export function createPatience(): Patience {
  const examples: string[] = [];
  let answeredCount = 0;
  let late = 0;
  let longestMs = 0;
  return {
    settled(route, key, tookMs, answered) {
      if (answered) answeredCount += 1;
      longestMs = Math.max(longestMs, tookMs);
      if (answered && tookMs <= PROMISED_MS) return;
      late += 1;
      const how = answered ? 'was answered after' : 'was given up after';
      const at = new Date().toISOString();
      if (examples.length < SHOWN_MAX) examples.push(`${at} ${route} ${key} ${how} ${tookMs.toFixed(0)} ms`);
    },
    report: () => ({ answered: answeredCount, late, longestMs: Math.round(longestMs), examples }),
  };
}
