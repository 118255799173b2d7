import type { PositionUpdate } from './ports.ts';

// Between the reports and the store: the newest position of each driver that still has to be written, and when each was
// last seen, so that a report costs no query.

export interface LocationBuffer {
  /** `undefined`: not known here; ask the store. */
  lastSeen(driverId: string): Date | null | undefined;
  /** Takes over what the store says, unless a report was faster. */
  learn(driverId: string, lastSeen: Date | null): void;
  put(update: PositionUpdate): void;
  /** Hands out at most `limit` positions to be written. */
  take(limit: number): PositionUpdate[];
  /** Gives back what could not be written; later reports win. */
  putBack(updates: readonly PositionUpdate[]): void;
  /** Forgets drivers not seen since `before`, so that the memory follows the fleet on the road. */
  forget(before: Date): void;
}

export function createLocationBuffer(): LocationBuffer {
  const seen = new Map<string, Date | null>();
  const waiting = new Map<string, PositionUpdate>();

  return {
    lastSeen: (driverId) => seen.get(driverId),
    learn(driverId, lastSeen) {
      if (!seen.get(driverId)) seen.set(driverId, lastSeen);
    },
    put(update) {
      seen.set(update.driverId, update.recordedAt);
      waiting.set(update.driverId, update);
    },
    take(limit) {
      const taken: PositionUpdate[] = [];
      for (const update of waiting.values()) {
        if (taken.length === limit) break;
        taken.push(update);
        waiting.delete(update.driverId);
      }
      return taken;
    },
    putBack(updates) {
      for (const update of updates) {
        if (!waiting.has(update.driverId)) waiting.set(update.driverId, update);
      }
    },
    forget(before) {
      for (const [driverId, lastSeen] of seen) {
        if ((lastSeen === null || lastSeen < before) && !waiting.has(driverId)) seen.delete(driverId);
      }
    },
  };
}
