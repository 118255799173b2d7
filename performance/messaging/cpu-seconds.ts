import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in ticks of a hundredth of a second. */
const TICKS_PER_S = 100;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function readStat(pid: number): Stat[] {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // the name before it is in parentheses and may hold anything
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
  } catch {
    return []; // it has ended between the listing and the look
  }
}

/** Processor time of some processes so far, with `withChildren` that of their living children, too. Linux only. */
export function cpuSecondsOf(pids: readonly number[], { withChildren = false } = {}): number {
  const everybody = withChildren
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
    : pids;
  const mine = everybody
    .flatMap(readStat)
    .filter(({ pid, parent }) => pids.includes(pid) || (withChildren && pids.includes(parent)));
  return mine.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_S;
}
