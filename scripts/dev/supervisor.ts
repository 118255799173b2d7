import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';

/** Time for a process to end by itself before it is killed; longer than the services' own shutdown deadline. */
const STOP_TIMEOUT_MS = 20_000;
const HEALTHY_AFTER_MS = 10_000;
const RESTART_DELAYS_MS = [0, 500, 1_000, 2_000, 5_000];

/** What to run, and how. */
export interface ProcessSpec {
  readonly name: string;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** A process that ends with 0 has done its work and is not started again. */
  readonly mayEnd: boolean;
}

/** A process that is kept running. */
export interface Supervised {
  readonly name: string;
  start(): void;
  /** Ends it and starts it again, as after a change of its sources. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

type Child = ReturnType<typeof launch>;

function launch(spec: ProcessSpec, logDescriptor: number) {
  return execa(process.execPath, [...spec.args], {
    cwd: spec.cwd,
    env: { ...spec.env },
    extendEnv: false,
    // a group of its own: the terminal's Ctrl-C reaches the runner, which stops everything in order
    detached: true,
    // the channel closes when the runner dies, however it dies: the child ends itself then
    ipc: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    // handed over, not piped: the log goes on when the runner has been killed (the type only knows literals)
    stdout: logDescriptor as 3,
    stderr: logDescriptor as 3,
    forceKillAfterDelay: STOP_TIMEOUT_MS,
  });
}

/** Runs `spec` until stopped; one that dies is started again: at once, then after 0.5, 1, 2 and at most 5 s. */
export function supervise(spec: ProcessSpec, say: (line: string) => void): Supervised {
  let child: Child | undefined;
  let failures = 0;
  let wanted = false;
  // one after another: a second restart during the first must not leave two of them fighting over the port
  let turn = Promise.resolve();
  const waiting = new Set<AbortController>();

  function begin(): void {
    const log = openSync(spec.logFile, 'a');
    const started = performance.now();
    const running = launch(spec, log);
    closeSync(log);
    child = running;
    void running.then(async ({ exitCode, signal }) => {
      if (child !== running || !wanted) return;
      child = undefined;
      if (spec.mayEnd && exitCode === 0) return;
      if (performance.now() - started > HEALTHY_AFTER_MS) failures = 0;
      const delayMs = RESTART_DELAYS_MS[Math.min(failures, RESTART_DELAYS_MS.length - 1)] ?? 0;
      failures += 1;
      say(
        `${spec.name} ended (${signal ?? String(exitCode)}); starting it again in ${String(delayMs)} ms, see ${spec.logFile}`,
      );
      await again(delayMs);
    });
  }

  async function again(delayMs: number): Promise<void> {
    const wait = new AbortController();
    waiting.add(wait);
    await delay(delayMs, undefined, { signal: wait.signal }).catch(() => undefined);
    waiting.delete(wait);
    if (wanted && child === undefined && !wait.signal.aborted) begin();
  }

  async function end(): Promise<void> {
    for (const wait of waiting) wait.abort();
    const running = child;
    child = undefined;
    if (!running) return;
    running.kill('SIGTERM');
    await running;
  }

  return {
    name: spec.name,
    start() {
      wanted = true;
      begin();
    },
    restart() {
      turn = turn.then(async () => {
        await end();
        failures = 0;
        if (wanted) begin();
      });
      return turn;
    },
    stop() {
      wanted = false;
      turn = turn.then(end);
      return turn;
    },
  };
}
