import type { Operation } from '@rideshare/kernel';
import type { MemoryDatabase, TableReader } from '@rideshare/memory';
import { addCounts, countsOfTrip, NO_COUNTS, tallyOf } from '../domain/performance.ts';
import type { Counts, Tally } from '../domain/performance.ts';
import type { OfferState } from '../domain/slot.ts';
import type { PerformanceStore } from '../usecases/ports.ts';
import { drivers, earnings, offers, onlineTimes, pair, riders, tallies } from './tables.memory.ts';

/** A {@link PerformanceStore} in memory. */
export function createMemoryPerformanceStore(database: MemoryDatabase): PerformanceStore {
  const count = async (operation: Operation, driverId: string, added: Partial<Counts>): Promise<void> => {
    await database.atomic(operation, (tx) => {
      tx.put(tallies, driverId, addCounts(tx.get(tallies, driverId) ?? NO_COUNTS, added));
    });
  };

  return {
    read: (driverId) => database.read((reader) => readTally(reader, driverId, database.now())),
    countTrip: (operation, driverId, outcome) => count(operation, driverId, countsOfTrip(outcome)),
    countStars: (operation, driverId, stars) => count(operation, driverId, { starsSum: stars, ratings: 1 }),
    async addEarnings(operation, driverId, { amount, currency }) {
      await database.atomic(operation, (tx) => {
        const key = pair(driverId, currency);
        const before = tx.get(earnings, key)?.amount ?? 0;
        tx.put(earnings, key, { driverId, currency, amount: before + amount });
      });
    },
    async rememberRider(operation, { driverId, riderId, tripId }) {
      await database.atomic(operation, (tx) => {
        tx.put(riders, pair(driverId, riderId), { tripId });
      });
    },
  };
}

function readTally(reader: TableReader, driverId: string, now: Date): Tally | undefined {
  if (!reader.get(drivers, driverId)) return undefined;
  const states = new Map<OfferState, number>();
  for (const offer of reader.all(offers)) {
    if (offer.driverId === driverId) states.set(offer.state, (states.get(offer.state) ?? 0) + 1);
  }
  const { onlineMs, since } = reader.get(onlineTimes, driverId) ?? { onlineMs: 0, since: null };
  const sinceMs = since ? now.getTime() - since.getTime() : 0;
  return tallyOf({
    offers: states,
    counts: reader.get(tallies, driverId) ?? NO_COUNTS,
    onlineS: Math.floor((onlineMs + sinceMs) / 1_000),
    earnings: reader
      .all(earnings)
      .filter((each) => each.driverId === driverId)
      .map(({ amount, currency }) => ({ amount, currency }))
      .toSorted((a, b) => (a.currency < b.currency ? -1 : 1)),
  });
}
