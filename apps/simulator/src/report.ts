import { percentile } from './observations.ts';
import type { Observations } from './observations.ts';
import type { PatienceReport } from './patience.ts';

/** What a run came to; the members up to `ledger` are promised, the others may change. */
export interface Report {
  readonly rows: number;
  readonly skipped: number;
  readonly refused: number;
  readonly requested: number;
  readonly completed: number;
  readonly cancelled: number;
  readonly expired: number;
  readonly contradictions: readonly string[];
  readonly waitS: { readonly p50: number | null; readonly p95: number | null };
  readonly charged: number;
  readonly ledger: number;
  readonly bad: number;
  readonly unfinished: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly firstOfferMs: { readonly p50: number | null; readonly p99: number | null };
  readonly durationS: number;
  readonly completedPerS: number;
  /** Rides completed in each second since the first wish. */
  readonly completions: readonly number[];
  readonly retries: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests with a key, from the first try to their yes or no. */
  readonly patience: PatienceReport;
}

/** What the demand came to, before anybody asked for a ride. */
export interface DemandFigures {
  readonly rows: number;
  readonly skipped: number;
  readonly bad: number;
}

const rounded = (value: number | null, digits: number) => (value === null ? null : Number(value.toFixed(digits)));

/** Adds a run up, and finds what does not add up. */
export function makeReport(
  demand: DemandFigures,
  observations: Observations,
  run: {
    readonly durationS: number;
    readonly retries: number;
    readonly statuses: ReadonlyMap<number, number>;
    readonly patience: PatienceReport;
  },
): Report {
  const { tally } = observations;
  const contradictions = [...observations.contradictions];
  const ended = tally.completed + tally.cancelled + tally.expired + tally.unfinished;
  if (tally.requested !== ended) {
    contradictions.push(`${String(tally.requested)} trips were requested and ${String(ended)} ended`);
  }
  if (tally.charged !== tally.ledger) {
    contradictions.push(`riders were charged ${String(tally.charged)}, the ledger says ${String(tally.ledger)}`);
  }
  return {
    rows: demand.rows,
    skipped: demand.skipped,
    refused: tally.refused,
    requested: tally.requested,
    completed: tally.completed,
    cancelled: tally.cancelled,
    expired: tally.expired,
    contradictions,
    waitS: {
      p50: rounded(percentile(observations.waitsS, 0.5), 2),
      p95: rounded(percentile(observations.waitsS, 0.95), 2),
    },
    charged: tally.charged,
    ledger: tally.ledger,
    bad: demand.bad,
    unfinished: tally.unfinished,
    refusals: Object.fromEntries(observations.refusals),
    firstOfferMs: {
      p50: rounded(percentile(observations.offerDelaysMs, 0.5), 0),
      p99: rounded(percentile(observations.offerDelaysMs, 0.99), 0),
    },
    durationS: Number(run.durationS.toFixed(1)),
    completedPerS: Number((tally.completed / Math.max(run.durationS, 0.001)).toFixed(2)),
    completions: observations.completions,
    retries: run.retries,
    statuses: Object.fromEntries([...run.statuses].map(([status, count]) => [String(status), count])),
    patience: run.patience,
  };
}

/** Contradictions printed; the count tells of the rest. */
const SHOWN_MAX = 30;
const show = (value: number | null, unit: string) => (value === null ? 'none' : `${String(value)} ${unit}`);

/** The report for people. */
export function renderReport(report: Report): string {
  const rows: [string, string][] = [
    ['rows', `${String(report.rows)} (${String(report.skipped)} skipped, ${String(report.bad)} bad)`],
    ['requested', String(report.requested)],
    ['completed', String(report.completed)],
    ['cancelled', String(report.cancelled)],
    ['expired', String(report.expired)],
    ['refused', `${String(report.refused)} ${JSON.stringify(report.refusals)}`],
    ['unfinished', String(report.unfinished)],
    ['wait for a driver', `median ${show(report.waitS.p50, 's')}, 95 % ${show(report.waitS.p95, 's')}`],
    ['first offer after', `median ${show(report.firstOfferMs.p50, 'ms')}, 99 % ${show(report.firstOfferMs.p99, 'ms')}`],
    ['charged', `${(report.charged / 100).toFixed(2)} EUR`],
    ['ledger', `${(report.ledger / 100).toFixed(2)} EUR`],
    ['duration', `${String(report.durationS)} s, ${String(report.completedPerS)} completed trips a second`],
    ['requests', `${JSON.stringify(report.statuses)}, ${String(report.retries)} retries`],
    [
      'with a key',
      `${String(report.patience.answered)} answered, ${String(report.patience.late)} late, longest ${String(report.patience.longestMs)} ms`,
    ],
    ['contradictions', String(report.contradictions.length)],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(18)} ${value}`);
  for (const what of report.contradictions.slice(0, SHOWN_MAX)) lines.push(`  ${what}`);
  return `${lines.join('\n')}\n`;
}
