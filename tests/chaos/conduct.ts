import { setTimeout as delay } from 'node:timers/promises';
import { toError } from '@rideshare/kernel';
import type { Platform } from './platform.ts';
import { killBackends, nextProcess, untilReady, workingPostmaster, workingProcess } from './processes.ts';
import type { Fault, FaultKind } from './schedule.ts';
import type { SmallDisk } from './small-disk.ts';

/** What became of a schedule. */
export interface Conducted {
  /** Faults that really struck, by kind. */
  readonly done: Readonly<Partial<Record<FaultKind, number>>>;
  /** Faults that this machine cannot have. */
  readonly skipped: number;
  /** What did not come back, or could not be struck. */
  readonly failures: readonly string[];
}

/** What faults are made with. */
export interface Stage {
  readonly platform: Platform;
  readonly disk: SmallDisk | undefined;
  readonly say: (line: string) => void;
}

const targetOf = (fault: Fault): string => ('target' in fault ? fault.target : fault.kind);

/** Strikes, and waits until what was struck has its successor; whether it could strike at all. */
async function strike({ disk, platform }: Stage, fault: Fault): Promise<boolean> {
  switch (fault.kind) {
    case 'kill': {
      const pid = await workingProcess(platform, fault.target);
      process.kill(pid, 'SIGKILL');
      await nextProcess(platform, fault.target, pid);
      return true;
    }
    case 'stop': {
      const pid = await workingProcess(platform, fault.target);
      process.kill(pid, 'SIGSTOP');
      await delay(fault.forS * 1_000);
      process.kill(pid, 'SIGCONT');
      return true;
    }
    case 'restart': {
      const pid = await workingProcess(platform, fault.target);
      process.kill(pid, 'SIGTERM');
      await nextProcess(platform, fault.target, pid);
      await untilReady(platform, fault.target);
      return true;
    }
    case 'kill_backends':
      await killBackends(platform, fault.target);
      return true;
    case 'crash_postgres': {
      const pid = await workingPostmaster(platform);
      process.kill(pid, 'SIGKILL');
      await workingPostmaster(platform, pid);
      return true;
    }
    case 'full_disk':
      await disk?.fillFor(fault.forS);
      return disk !== undefined;
  }
}

/**
 * Carries a schedule out, from now on. What strikes one target waits for what struck it before; a restart waits for everything
 * before it, and everything after it waits for the restart, as in a deploy.
 */
export async function conduct(stage: Stage, faults: readonly Fault[]): Promise<Conducted> {
  const startedAt = performance.now();
  const done: Partial<Record<FaultKind, number>> = {};
  const failures: string[] = [];
  const turns = new Map<string, Promise<void>>();
  let skipped = 0;
  const carryOut = async (fault: Fault): Promise<void> => {
    try {
      if (await strike(stage, fault)) done[fault.kind] = (done[fault.kind] ?? 0) + 1;
      else skipped += 1;
      const atS = ((performance.now() - startedAt) / 1_000).toFixed(1);
      stage.say(`${atS.padStart(6)} s  ${fault.kind} ${targetOf(fault)} of ${String(fault.atS)} s is over`);
    } catch (error) {
      failures.push(`${fault.kind} ${targetOf(fault)} at ${String(fault.atS)} s: ${toError(error).message}`);
    }
  };
  for (const fault of faults) {
    await delay(Math.max(0, startedAt + fault.atS * 1_000 - performance.now()));
    if (fault.kind === 'restart') await Promise.all(turns.values());
    const before = turns.get(targetOf(fault)) ?? Promise.resolve();
    const turn = before.then(() => carryOut(fault));
    turns.set(targetOf(fault), turn);
    if (fault.kind === 'restart') await turn;
  }
  await Promise.all(turns.values());
  return { done, skipped, failures };
}
