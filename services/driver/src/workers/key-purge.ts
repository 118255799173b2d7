import { createLoop } from './loop.ts';
import type { BackgroundLoop } from './loop.ts';

const INTERVAL_MS = 3_600_000;

/** Forgets idempotency keys that are older than anybody may still use. */
export function createKeyPurge(deps: Parameters<typeof createLoop>[0], purge: () => Promise<unknown>): BackgroundLoop {
  return createLoop(deps, 'key-purge', INTERVAL_MS, async () => {
    await purge();
    return false;
  });
}
