import { setTimeout as delay } from 'node:timers/promises';
import { toError } from '@rideshare/kernel';
import { startPostgres } from '../pg/postgres.ts';
import type { PostgresOptions, RunningPostgres } from '../pg/postgres.ts';

const RESTART_DELAYS_MS = [0, 500, 1_000, 2_000, 5_000];
const HEALTHY_AFTER_MS = 10_000;

/** A server that is started again whenever it ends, until it is stopped. */
export interface KeptPostgres {
  readonly url: RunningPostgres['url'];
  stop(): Promise<void>;
}

/**
 * Starts a server and keeps it running: one that crashes is started again on the same data: at once, then after 0.5, 1, 2 and at
 * most 5 s.
 *
 * @throws When the first start fails.
 */
export async function keepPostgres(options: PostgresOptions, say: (line: string) => void): Promise<KeptPostgres> {
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;
  let running: RunningPostgres = await startPostgres(options);

  /** Another server on the same data; undefined where nobody wants one any more. */
  async function startAgain(failures: number): Promise<RunningPostgres | undefined> {
    for (let attempt = failures; !isStopping(); attempt += 1) {
      const delayMs = RESTART_DELAYS_MS[Math.min(attempt, RESTART_DELAYS_MS.length - 1)] ?? 0;
      say(`PostgreSQL ended; starting it again in ${String(delayMs)} ms, see ${options.dataDir}.log`);
      await delay(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return undefined;
      try {
        return await startPostgres(options);
      } catch (error) {
        // what a killed server leaves behind may need a moment to go: its backends still hold its shared memory
        say(`PostgreSQL could not be started: ${toError(error).message}`);
      }
    }
    return undefined;
  }

  async function keep(): Promise<void> {
    let failures = 0;
    for (;;) {
      const startedAt = performance.now();
      await running.ended;
      if (isStopping()) return;
      // ends the guard of the server that is gone: the number that it watches may soon be another program's
      await running.stop();
      failures = performance.now() - startedAt > HEALTHY_AFTER_MS ? 0 : failures;
      const next = await startAgain(failures);
      if (!next) return;
      failures += 1;
      running = next;
      // nobody wants the one that was just starting when it was stopped
      if (isStopping()) return running.stop();
    }
  }

  const keeping = keep();
  return {
    url: running.url,
    async stop() {
      stopping.abort();
      await running.stop();
      await keeping;
    },
  };
}
