import { setTimeout as delay } from 'node:timers/promises';

/** A machine may stand still for long; what has not happened by then does not happen. */
const PATIENCE_MS = 180_000;
const POLL_MS = 100;

/**
 * Asks until `look` answers something.
 *
 * @throws When it has not for minutes, naming what was waited for.
 */
export async function patiently<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${String(patienceMs / 1_000)} s`);
    await delay(POLL_MS);
  }
}
