import { describe, expect, it } from '@jest/globals';
import type { Database } from '@rideshare/postgres';
import { createPgHousekeeping } from './housekeeping.pg.ts';

/** A database that has `outdated` rows of each table, and deletes what a statement may. */
function databaseWith(outdated: Record<string, number>): Database {
  const query = (text: string, values: readonly unknown[]) => {
    const [, table = ''] = /delete from (\w+)/.exec(text) ?? [];
    const deleted = Math.min(outdated[table] ?? 0, Number(values[1]));
    outdated[table] = (outdated[table] ?? 0) - deleted;
    return Promise.resolve({ rows: [], rowCount: deleted });
  };
  return { query } as unknown as Database;
}

describe('housekeeping', () => {
  it('with more than a batch of a kind, goes on until nothing is left', async () => {
    const outdated = { dispatch_verdicts: 12_001, dispatch_offers: 5_000, timeline_entries: 7_000 };
    const purged = await createPgHousekeeping(databaseWith(outdated)).purge();
    expect(purged).toMatchObject({ dispatch_verdicts: 12_001, dispatch_offers: 5_000, timeline_entries: 7_000 });
    expect(purged).toMatchObject({ quotes: 0, start_code_attempts: 0 });
  });
});
