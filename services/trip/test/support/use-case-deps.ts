import { createOperation } from '@rideshare/kernel/system';
import { fakeClock, fakeIds } from '@rideshare/testing';
import type { FakeClock } from '@rideshare/testing';
import { createMemoryTripStore } from '../../src/store/trip-store.memory.ts';
import type { MemoryTripStore } from '../../src/store/trip-store.memory.ts';
import { createFleet } from '../../src/usecases/dispatch/fleet.ts';
import { createPool } from '../../src/usecases/dispatch/pool.ts';
import { createVerdictBook } from '../../src/usecases/dispatch/verdict-book.ts';
import type {
  DispatchRecords,
  OfferRecord,
  Operations,
  QuoteSeal,
  QuoteStore,
  RiderStandings,
  Signals,
  SlotVerdict,
  StartCodeAttempts,
  StartCodes,
  TripTraces,
  VerdictRecord,
} from '../../src/usecases/ports.ts';
import type { Quote } from '../../src/domain/quote.ts';
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

function memoryQuotes(): QuoteStore {
  const quotes = new Map<string, Quote>();
  return {
    async save(quote, operation) {
      quotes.set(quote.inputs.quoteId, quote);
      await operation?.seal({ kind: 'memory' }, quote);
    },
    find: (quoteId) => Promise.resolve(quotes.get(quoteId)),
  };
}

function memoryRecords(now: () => Date) {
  const planned = new Map<string, OfferRecord>();
  const settled: SlotVerdict[] = [];
  const verdicts: VerdictRecord[] = [];
  const records: DispatchRecords = {
    planOffers: (offers) => {
      for (const offer of offers) planned.set(offer.offerId, offer);
      return Promise.resolve();
    },
    settleOffers: (given) => {
      settled.push(...given);
      return Promise.resolve();
    },
    openOffers: (tripIds) => {
      const open = settled.flatMap((verdict) => {
        const offer = planned.get(verdict.offerId);
        if (!offer || verdict.outcome !== 'reserved' || !tripIds.includes(offer.tripId)) return [];
        const { offerId, tripId, driverId } = offer;
        return [{ offerId, tripId, driverId, expiresAt: verdict.expiresAt }];
      });
      return Promise.resolve(open.filter(({ expiresAt }) => expiresAt > now().toISOString()));
    },
    findOffer: (offerId) => Promise.resolve(planned.get(offerId)),
    saveVerdicts: (given) => {
      verdicts.push(...given);
      return Promise.resolve();
    },
  };
  return { records, planned, settled, verdicts };
}

function memoryAttempts(): StartCodeAttempts {
  const taken = new Map<string, number>();
  return {
    take: (tripId, limit) => {
      const count = (taken.get(tripId) ?? 0) + 1;
      taken.set(tripId, count);
      return Promise.resolve(count <= limit ? { allowed: true } : { retryAfterS: 60 });
    },
  };
}

export type UseCaseDeps = ReturnType<typeof useCaseDeps>;

/** Everything that use cases stand on, in memory; the clock stands still until it is moved. */
export function useCaseDeps() {
  const clock: FakeClock = fakeClock(START);
  const ids = fakeIds();
  const trips: MemoryTripStore = createMemoryTripStore();
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
    trips,
    views: trips,
    agenda: trips,
    pool,
    dispatch: pool,
    book,
    bounds,
    offerTtlMs: bounds.offerTtlMs,
    quoteTtlMs: 300_000,
    travelTimes,
    fleet: createFleet({ clock, travelTimes }),
    slots: createFakeSlots({ now: () => clock.now() }),
    quotes: memoryQuotes(),
    standing,
    standings: { of: () => Promise.resolve(standing.now) },
    quoteSeal,
    startCodes,
    startCodeAttempts: memoryAttempts(),
    operations,
    traces,
    signals: heardSignals(),
    lead,
    leadership: {
      acquire: () => (lead.fails ? Promise.reject(new Error('no database')) : Promise.resolve(lead.isFree)),
      release: () => Promise.resolve(),
    },
    ...memoryRecords(() => clock.now()),
  };
}
