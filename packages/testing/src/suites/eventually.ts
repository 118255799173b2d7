import { setTimeout as delay } from 'node:timers/promises';

// generous: these suites share a small machine with others, and only a failure waits this long
const TIMEOUT_MS = 10_000;
const POLL_MS = 10;

/** Waits until `look` finds something, and returns it. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMs: number = TIMEOUT_MS,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`nothing came within ${String(timeoutMs)} ms: ${look.toString()}`);
    await delay(POLL_MS);
  }
}
