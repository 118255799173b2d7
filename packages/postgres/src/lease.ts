import type { Database } from './queryable.ts';

/** The right to do what only one process should do at a time. */
export interface Lease {
  /** Takes or renews it; false while somebody else has it. */
  acquire(): Promise<boolean>;
  /** Gives it back, so that another need not wait for it to run out. */
  release(): Promise<void>;
}

/**
 * Takes those of `names` that are free, or run out, or already `owner`'s, until `ttlMs` from now.
 *
 * @returns the names that `owner` has now.
 */
export async function acquireLeases(
  database: Database,
  names: readonly string[],
  owner: string,
  ttlMs: number,
): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>(
    `insert into leases as held (name, owner, until)
     select name, $2, clock_timestamp() + $3 * interval '1 millisecond' from unnest($1::text[]) as wanted (name)
     order by name
     on conflict (name) do update set owner = excluded.owner, until = clock_timestamp() + $3 * interval '1 millisecond'
       where held.owner = excluded.owner or held.until < clock_timestamp()
     returning name`,
    [names, owner, ttlMs],
  );
  return rows.map(({ name }) => name);
}

/** Gives back what `owner` has of `names`. */
export async function releaseLeases(database: Database, names: readonly string[], owner: string): Promise<void> {
  await database.query('delete from leases where name = any($1::text[]) and owner = $2', [names, owner]);
}

/**
 * A lease row in the service's schema, held by the database's clock.
 *
 * @remarks Never a guard: a paused owner does not know that its lease is over, so two owners at once must be harmless.
 */
export function createLease(database: Database, name: string, owner: string, ttlMs: number): Lease {
  return {
    acquire: async () => (await acquireLeases(database, [name], owner, ttlMs)).length === 1,
    release: () => releaseLeases(database, [name], owner),
  };
}
