import type { MemoryDatabase, MemoryTable, MemoryTransaction } from '@rideshare/memory';
import type { Housekeeping } from '../usecases/ports.ts';
import { DAY_MS, QUOTES_KEPT_DAYS, RECORDS_KEPT_DAYS } from './retention.ts';
import { attempts, entriesOfTrips, offers, offersOfTrips, quotes, verdictsOfTrips } from './tables.memory.ts';

/** Removes what is past its use. */
export function createMemoryHousekeeping(database: MemoryDatabase): Housekeeping {
  return {
    purge: () =>
      database.transaction((tx) => {
        const before = (days: number): string => new Date(database.now().getTime() - days * DAY_MS).toISOString();
        const [outdated, old] = [before(QUOTES_KEPT_DAYS), before(RECORDS_KEPT_DAYS)];
        return {
          quotes: removeAll(tx, quotes, ({ inputs }) => (inputs.expiresAt < outdated ? inputs.quoteId : undefined)),
          start_code_attempts: removeAll(tx, attempts, (row) => (row.createdAt < old ? row.tripId : undefined)),
          dispatch_offers: purgeOffers(tx, old),
          dispatch_verdicts: purgeOfTrips(
            tx,
            verdictsOfTrips,
            ({ verdicts }) => Object.entries(verdicts),
            ([, { lastAt }]) => lastAt < old,
            (row, kept) => ({ ...row, verdicts: Object.fromEntries(kept) }),
          ),
          timeline_entries: purgeOfTrips(
            tx,
            entriesOfTrips,
            ({ entries }) => entries,
            ({ at }) => at < old,
            (row, entries) => ({ ...row, entries }),
          ),
        };
      }),
  };
}

function removeAll<Row extends object>(
  tx: MemoryTransaction,
  table: MemoryTable<Row>,
  outdatedKey: (row: Row) => string | undefined,
): number {
  const keys = tx.all(table).flatMap((row) => outdatedKey(row) ?? []);
  for (const key of keys) tx.remove(table, key);
  return keys.length;
}

function purgeOffers(tx: MemoryTransaction, old: string): number {
  for (const row of tx.all(offersOfTrips)) {
    const offerIds = row.offerIds.filter((offerId) => (tx.get(offers, offerId)?.madeAt ?? old) >= old);
    if (offerIds.length < row.offerIds.length) tx.put(offersOfTrips, row.tripId, { ...row, offerIds });
  }
  return removeAll(tx, offers, ({ madeAt, offerId }) => (madeAt < old ? offerId : undefined));
}

/** Removes what is outdated of rows that hold many things of a trip each. */
function purgeOfTrips<Row extends { readonly tripId: string }, Thing>(
  tx: MemoryTransaction,
  table: MemoryTable<Row>,
  thingsOf: (row: Row) => readonly Thing[],
  isOutdated: (thing: Thing) => boolean,
  rowOf: (row: Row, kept: readonly Thing[]) => Row,
): number {
  let purged = 0;
  for (const row of tx.all(table)) {
    const things = thingsOf(row);
    const kept = things.filter((thing) => !isOutdated(thing));
    if (kept.length === things.length) continue;
    purged += things.length - kept.length;
    tx.put(table, row.tripId, rowOf(row, kept));
  }
  return purged;
}
