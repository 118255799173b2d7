import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Linux counts CPU time in hundredths of a second for user space, whatever the kernel ticks at. */
const TICK_MS = 10;

/** What the processes of one kind have used. */
export interface Usage {
  readonly cpuMs: number;
  readonly pssMb: number;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly cpuMs: number;
}

function read(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const [parent, user, system] = [1, 11, 12].map((index) =>
      Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[index]),
    );
    const comm = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const cwd = path.basename(readlinkSync(`/proc/${String(pid)}/cwd`));
    return {
      pid,
      parent: parent ?? 0,
      name: comm.startsWith('postgres') ? 'PostgreSQL' : cwd,
      cpuMs: ((user ?? 0) + (system ?? 0)) * TICK_MS,
    };
  } catch (error) {
    // it ended between the listing and the look
    if (['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function pssMb(pid: number): number {
  const rollup = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024;
}

/** CPU time and memory of the runner at `root` and everything below it, by service; Linux only. */
export function usageOf(root: number, runnerName = 'runner'): ReadonlyMap<string, Usage> {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => read(Number(name)) ?? []);
  const family = new Set([root]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { parent, pid } of all) {
      if (!family.has(parent) || family.has(pid)) continue;
      family.add(pid);
      grown = true;
    }
  }
  const usage = new Map<string, Usage>();
  for (const { cpuMs, name, pid } of all.filter((process) => family.has(process.pid))) {
    const key = pid === root ? runnerName : name;
    const known = usage.get(key) ?? { cpuMs: 0, pssMb: 0 };
    usage.set(key, { cpuMs: known.cpuMs + cpuMs, pssMb: known.pssMb + pssMb(pid) });
  }
  return usage;
}
