import type { Summary } from './round.ts';

/** Violations printed; the count tells of the rest. */
const SHOWN_MAX = 50;

/** What a round came to, for people. */
export function renderSummary(summary: Summary): string {
  const { acknowledged, durationS, faults, looked, lost, patience, rate, restarts, retries, seed, skipped, trips } =
    summary;
  const byKind = Object.entries(faults).map(([kind, count]) => `${String(count)} ${kind}`);
  const rows: [string, string][] = [
    ['round', `seed ${String(seed)}, rate ${String(rate)}, ${String(durationS)} s`],
    ['faults', byKind.join(', ') || 'none'],
    ['skipped', `${String(skipped)}${skipped > 0 ? ': a full disk takes root and a mount' : ''}`],
    ['restarts', String(restarts)],
    [
      'trips',
      `${String(trips.requested)} requested, ${String(trips.completed)} completed, ${String(trips.cancelled)} cancelled, ${String(trips.expired)} expired`,
    ],
    ['acknowledged', `${String(acknowledged)} changes checked, ${String(lost)} lost`],
    ['audit', `${String(looked)} things looked at`],
    [
      'with a key',
      `${String(patience.answered)} answered, ${String(patience.late)} after more than 10 s or never, longest ${String(patience.longestMs)} ms, ${String(retries)} retries`,
    ],
    ['violations', String(summary.violations.length)],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(14)} ${value}`);
  for (const violation of summary.violations.slice(0, SHOWN_MAX)) lines.push(`  ${violation}`);
  return `${lines.join('\n')}\n`;
}
