import { createOperation } from '@rideshare/kernel/system';
import { createMemoryServer } from '@rideshare/memory';
import type { MemoryDatabase } from '@rideshare/memory';
import { fakeClock, fakeIds } from '@rideshare/testing';
import type { FakeClock } from '@rideshare/testing';
import {
  createMemoryDispatchRecords,
  createMemoryQuoteStore,
  createMemoryStartCodeAttempts,
} from '../../src/store/records.memory.ts';
import { createMemoryTripAgenda, createMemoryTripViews } from '../../src/store/trip-reads.memory.ts';
import { createMemoryTripStore } from '../../src/store/trip-store.memory.ts';
import { trips as tripsTable } from '../../src/store/tables.memory.ts';
import { createFleet } from '../../src/usecases/dispatch/fleet.ts';
import { createPool } from '../../src/usecases/dispatch/pool.ts';
import { createVerdictBook } from '../../src/usecases/dispatch/verdict-book.ts';
import type {
  DispatchRecords,
  OfferRecord,
  Operations,
  QuoteSeal,
  RiderStandings,
  Signals,
  SlotVerdict,
  StartCodes,
  TripTraces,
  VerdictRecord,
} from '../../src/usecases/ports.ts';
import { makeStraightLineTravelTimes } from '../../src/usecases/travel-times.ts';
import { bounds, START } from './builders.ts';
import { createFakeSlots } from './fake-slots.ts';

/** Signals as the list of what they were told. */
export function heardSignals(): Signals & { readonly heard: [string, ...unknown[]][] } {
  const heard: [string, ...unknown[]][] = [];
  const hear =
    (name: string) =>
    (...what: unknown[]): void => {
      heard.push([name, ...what]);
    };
  const names = [
    'tripChanged',
    'requestRefused',
    'startCodeLocked',
    'dispatchWindow',
    'offersSettled',
    'verdicts',
    'firstOffer',
    'dispatchFailed',
    'deadlineSwept',
    'overdueRides',
  ] as const satisfies (keyof Signals)[];
  return { heard, ...(Object.fromEntries(names.map((name) => [name, hear(name)])) as unknown as Signals) };
}

const traces: TripTraces = {
  current: () => null,
  step: (_name, _trip, work) => work(),
  underRequest: (_name, _trip, work) => work(),
  batch: (_name, _trips, work) => work(),
};

/** The dispatcher's records, and what they were given. */
function heardRecords(database: MemoryDatabase) {
  const stored = createMemoryDispatchRecords(database);
  const planned = new Map<string, OfferRecord>();
  const settled: SlotVerdict[] = [];
  const verdicts: VerdictRecord[] = [];
  const records: DispatchRecords = {
    ...stored,
    planOffers: (offers) => {
      for (const offer of offers) planned.set(offer.offerId, offer);
      return stored.planOffers(offers);
    },
    settleOffers: (given) => {
      settled.push(...given);
      return stored.settleOffers(given);
    },
    saveVerdicts: (given) => {
      verdicts.push(...given);
      return stored.saveVerdicts(given);
    },
  };
  return { records, planned, settled, verdicts };
}

export type UseCaseDeps = ReturnType<typeof useCaseDeps>;

/** Everything that use cases stand on, in memory; the clock stands still until it is moved. */
export function useCaseDeps() {
  const clock: FakeClock = fakeClock(START);
  const ids = fakeIds();
  const server = createMemoryServer({ clock });
  const database = server.connect();
  const trips = createMemoryTripStore({ database, traceId: () => undefined });
  const travelTimes = makeStraightLineTravelTimes();
  const book = createVerdictBook();
  const pool = createPool((tripId) => book.close(tripId));
  const standing: { now: Awaited<ReturnType<RiderStandings['of']>> } = {
    now: { owes: false, methodFound: true, paymentMethodId: null },
  };
  const quoteSeal: QuoteSeal = { sign: (text) => text, verify: (text, signature) => text === signature };
  const startCodes: StartCodes = { of: () => '1234' };
  const operations: Operations = {
    fresh: <Result>() => createOperation<Result>({ seed: ids.next(), at: clock.now() }),
  };
  const lead = { isFree: true, fails: false };
  return {
    clock,
    ids,
    server,
    database,
    trips,
    eventsOf: (tripId: string) => database.read((reader) => reader.get(tripsTable, tripId)?.events ?? []),
    views: createMemoryTripViews(database),
    agenda: createMemoryTripAgenda(database),
    pool,
    dispatch: pool,
    book,
    bounds,
    offerTtlMs: bounds.offerTtlMs,
    quoteTtlMs: 300_000,
    travelTimes,
    fleet: createFleet({ clock, travelTimes }),
    slots: createFakeSlots({ now: () => clock.now() }),
    quotes: createMemoryQuoteStore(database),
    standing,
    standings: { of: () => Promise.resolve(standing.now) },
    quoteSeal,
    startCodes,
    startCodeAttempts: createMemoryStartCodeAttempts(database),
    operations,
    traces,
    signals: heardSignals(),
    lead,
    leadership: {
      acquire: () => (lead.fails ? Promise.reject(new Error('no database')) : Promise.resolve(lead.isFree)),
      release: () => Promise.resolve(),
    },
    ...heardRecords(database),
  };
}
