import { createDocumentExpiry } from './document-expiry.ts';
import { createKeyPurge } from './key-purge.ts';
import type { BackgroundLoop } from './loop.ts';
import { createPositionFlush } from './position-flush.ts';
import { createSlotSweep } from './slot-sweep.ts';

type Deps = Parameters<typeof createSlotSweep>[0] &
  Parameters<typeof createDocumentExpiry>[0] &
  Parameters<typeof createPositionFlush>[0] & { readonly purgeKeys: () => Promise<unknown> };

/** How often each loop runs, and how patient the slot sweep is. */
export interface LoopSettings {
  readonly slots: { readonly settleMs: number; readonly sweepMs: number; readonly recheckMs: number };
  readonly documents: { readonly sweepMs: number };
  readonly locations: { readonly flushMs: number };
}

/** The loops of the service's own, by name. */
export function createLoops(deps: Deps, { slots, documents, locations }: LoopSettings): Record<string, BackgroundLoop> {
  return {
    'position flush': createPositionFlush(deps, locations.flushMs),
    'slot sweep': createSlotSweep(deps, {
      intervalMs: slots.sweepMs,
      bounds: { settleMs: slots.settleMs, retryMs: slots.sweepMs, recheckMs: slots.recheckMs },
    }),
    'document expiry': createDocumentExpiry(deps, documents.sweepMs),
    'key purge': createKeyPurge(deps, deps.purgeKeys),
  };
}
