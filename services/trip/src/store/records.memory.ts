import { operationFor } from '@rideshare/kernel';
import type { Transaction } from '@rideshare/kernel';
import { asMemory } from '@rideshare/memory';
import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
import type { Quote } from '../domain/quote.ts';
import { plusMs } from '../domain/timestamp.ts';
import type {
  DispatchRecords,
  QuoteStore,
  StartCodeAttempts,
  Timeline,
  TimelineEntry,
  VerdictRecord,
} from '../usecases/ports.ts';
import { attempts, entriesOfTrips, offers, offersOfTrips, quotes, trips, verdictsOfTrips } from './tables.memory.ts';
import type { StoredOffer } from './tables.memory.ts';

/** Quotes; the same id is the same quote, so writing one again changes nothing. */
export function createMemoryQuoteStore(database: MemoryDatabase): QuoteStore {
  const insert = (tx: MemoryTransaction, quote: Quote): Quote => {
    if (!tx.get(quotes, quote.inputs.quoteId)) tx.put(quotes, quote.inputs.quoteId, quote);
    return quote;
  };
  return {
    save: async (quote, operation) => {
      if (operation)
        await database.atomic(
          operationFor(operation, () => quote),
          (tx) => insert(tx, quote),
        );
      else await database.transaction((tx) => insert(tx, quote));
    },
    find: (quoteId) => database.read((reader) => reader.get(quotes, quoteId)),
  };
}

/** The database's clock decides. */
export function createMemoryStartCodeAttempts(database: MemoryDatabase): StartCodeAttempts {
  return {
    take: (tripId, limit, lockMs) =>
      database.transaction((tx) => {
        const now = database.now().toISOString();
        const held = tx.get(attempts, tripId);
        const lockedUntil = held?.lockedUntil ?? null;
        if (lockedUntil !== null && lockedUntil > now) {
          const waitMs = Date.parse(lockedUntil) - Date.parse(now);
          return { retryAfterS: Math.max(1, Math.ceil(waitMs / 1_000)) };
        }
        // the first after a lock begins a new count
        const taken = held?.lockedUntil === null ? held.taken + 1 : 1;
        tx.put(attempts, tripId, {
          tripId,
          createdAt: held?.createdAt ?? now,
          taken,
          lockedUntil: taken >= limit ? plusMs(now, lockMs) : null,
        });
        return { allowed: true as const };
      }),
  };
}

/** Offers and verdicts of the dispatcher. */
export function createMemoryDispatchRecords(database: MemoryDatabase): DispatchRecords {
  return {
    planOffers: (planned) =>
      database.transaction((tx) => {
        for (const offer of planned) {
          if (tx.get(offers, offer.offerId)) continue;
          tx.put(offers, offer.offerId, offer);
          const { offerIds } = tx.get(offersOfTrips, offer.tripId) ?? { offerIds: [] };
          tx.put(offersOfTrips, offer.tripId, { tripId: offer.tripId, offerIds: [...offerIds, offer.offerId] });
        }
      }),
    settleOffers: (verdicts) =>
      database.transaction((tx) => {
        for (const verdict of verdicts) {
          const offer = tx.get(offers, verdict.offerId);
          if (offer) tx.put(offers, verdict.offerId, { ...offer, verdict });
        }
      }),
    openOffers: (tripIds) => {
      const now = database.now().toISOString();
      return database.read((reader) =>
        tripIds
          .flatMap((tripId) => offersOf(reader, tripId))
          .flatMap(({ verdict, offerId, tripId, driverId }) =>
            verdict?.outcome === 'reserved' && verdict.expiresAt > now
              ? [{ offerId, tripId, driverId, expiresAt: verdict.expiresAt }]
              : [],
          ),
      );
    },
    findOffer: (offerId) =>
      database.read((reader) => {
        const { verdict: _verdict, ...offer } = reader.get(offers, offerId) ?? {};
        return 'offerId' in offer ? offer : undefined;
      }),
    saveVerdicts: (verdicts) =>
      database.transaction((tx) => {
        for (const verdict of verdicts) {
          const held = tx.get(verdictsOfTrips, verdict.tripId)?.verdicts ?? {};
          const name = JSON.stringify([verdict.driverId, verdict.gate]);
          const { times, firstAt } = held[name] ?? { times: 0, firstAt: verdict.firstAt };
          const added = { ...verdict, times: times + verdict.times, firstAt };
          const { tripId } = verdict;
          tx.put(verdictsOfTrips, tripId, { tripId, verdicts: { ...held, [name]: added } });
        }
      }),
  };
}

/** The flight recorder: what other services told, with the trip's own events and the dispatcher's records. */
export function createMemoryTimeline(database: MemoryDatabase): Timeline {
  const write = (tx: MemoryTransaction, tripId: string, added: readonly TimelineEntry[]): void => {
    const { entries } = tx.get(entriesOfTrips, tripId) ?? { entries: [] };
    const nameOf = ({ eventId, type }: TimelineEntry) => (eventId === null ? undefined : `${eventId} ${type}`);
    const known = new Set(entries.map(nameOf));
    const fresh = added.filter((entry) => nameOf(entry) === undefined || !known.has(nameOf(entry)));
    if (fresh.length > 0) tx.put(entriesOfTrips, tripId, { tripId, entries: [...entries, ...fresh] });
  };
  return {
    record: async ({ transaction }: { readonly transaction?: Transaction }, tripId, entries) => {
      if (transaction) write(asMemory(transaction), tripId, entries);
      else {
        await database.transaction((tx) => {
          write(tx, tripId, entries);
        });
      }
    },
    of: async (tripId) => {
      const entries = await database.read((reader) => [
        ...ownEvents(reader, tripId),
        ...offersOf(reader, tripId).map(offerEntry),
        ...Object.values(reader.get(verdictsOfTrips, tripId)?.verdicts ?? {}).map(verdictEntry),
        ...(reader.get(entriesOfTrips, tripId)?.entries ?? []),
      ]);
      const orderOf = ({ at, sequence, type }: TimelineEntry) =>
        `${at} ${String(sequence ?? Number.MAX_SAFE_INTEGER).padStart(16, '0')} ${type}`;
      return entries.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    },
  };
}

function offersOf(reader: TableReader, tripId: string) {
  const { offerIds } = reader.get(offersOfTrips, tripId) ?? { offerIds: [] };
  return offerIds.flatMap((offerId) => reader.get(offers, offerId) ?? []);
}

function ownEvents(reader: TableReader, tripId: string): TimelineEntry[] {
  return (reader.get(trips, tripId)?.events ?? []).map(({ eventId, event, traceId }, index) => {
    const { facts: _facts, ...data } = { facts: undefined, ...event };
    const stream = `trip:${tripId}`;
    return {
      at: event.at,
      kind: 'state',
      type: `trip.${event.type}`,
      eventId,
      stream,
      sequence: index + 1,
      traceId,
      data,
    };
  });
}

const UNTOLD = { eventId: null, stream: null, sequence: null, traceId: null } as const;

function offerEntry({ offerId, driverId, pickupEtaS, madeAt, verdict }: StoredOffer): TimelineEntry {
  const answer = verdict?.outcome === 'reserved' ? { expiresAt: verdict.expiresAt } : { reason: verdict?.reason };
  const data = { offerId, driverId, pickupEtaS, ...(verdict ? answer : {}) };
  return { ...UNTOLD, at: madeAt, kind: 'dispatch', type: `offer.${verdict?.outcome ?? 'planned'}`, data };
}

function verdictEntry({ detail, driverId, firstAt, gate, lastAt, times }: VerdictRecord): TimelineEntry {
  return {
    ...UNTOLD,
    at: lastAt,
    kind: 'dispatch',
    type: `gate.${gate}`,
    data: { ...detail, times, firstAt, driverId },
  };
}
