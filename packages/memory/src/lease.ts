import type { MemoryDatabase } from './server.ts';
import { defineTable } from './tables.ts';

/** The right to do what only one process should do at a time. */
export interface Lease {
  /** Takes or renews it; false while somebody else has it. */
  acquire(): Promise<boolean>;
  /** Gives it back, so that another need not wait for it to run out. */
  release(): Promise<void>;
}

const leases = defineTable<{ readonly owner: string; readonly until: Date }>('leases');

/**
 * Takes those of `names` that are free, or run out, or already `owner`'s, until `ttlMs` from now.
 *
 * @returns the names that `owner` has now.
 */
export function acquireLeases(
  database: MemoryDatabase,
  names: readonly string[],
  owner: string,
  ttlMs: number,
): Promise<string[]> {
  return database.transaction((tx) => {
    const now = database.now();
    const taken = names.filter((name) => {
      const held = tx.get(leases, name);
      return !held || held.owner === owner || held.until < now;
    });
    for (const name of taken) tx.put(leases, name, { owner, until: new Date(now.getTime() + ttlMs) });
    return taken.toSorted();
  });
}

/** Gives back what `owner` has of `names`. */
export async function releaseLeases(database: MemoryDatabase, names: readonly string[], owner: string): Promise<void> {
  await database.transaction((tx) => {
    for (const name of names) if (tx.get(leases, name)?.owner === owner) tx.remove(leases, name);
  });
}

/**
 * A lease row in the schema of `database`, held by its clock.
 *
 * @remarks Never a guard: a paused owner does not know that its lease is over, so two owners at once must be harmless.
 */
export function createLease(database: MemoryDatabase, name: string, owner: string, ttlMs: number): Lease {
  return {
    acquire: async () => (await acquireLeases(database, [name], owner, ttlMs)).length === 1,
    release: () => releaseLeases(database, [name], owner),
  };
}
