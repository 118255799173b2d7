import type { MemoryDatabase } from '@rideshare/memory';

/** The store's own time, `byMs` from now. */
export function later(database: Pick<MemoryDatabase, 'now'>, byMs: number): Date {
  return new Date(database.now().getTime() + byMs);
}

/** Whether that time has come; never where there is none. */
export function hasCome(at: Date | null, now: Date): boolean {
  return at !== null && at <= now;
}
