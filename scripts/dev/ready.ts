import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;
const PROBE_TIMEOUT_MS = 1_000;

/**
 * Resolves when `url` answers 200.
 *
 * @throws When it has not within `timeoutMs`, naming the log to look at.
 */
export async function untilReady(url: string, timeoutMs: number, logFile: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    const answered = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await delay(POLL_MS, undefined, { signal });
  }
  throw new Error(`not ready within ${String(timeoutMs / 1000)} s: see ${logFile}`);
}
