import { createServiceClient } from '@rideshare/http';
import type { ServiceTokens } from '@rideshare/http';
import type { Clock, Ids } from '@rideshare/kernel';
import { currentTraceId } from '@rideshare/observability';
import type { Logger, Metrics } from '@rideshare/observability';
import { createLease } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import type { EndpointDeps } from './app.ts';
import { createHttpRiderStandings } from './clients/rider-standings.http.ts';
import { createHttpSlots } from './clients/slots.http.ts';
import type { TripConfig } from './config.ts';
import { makeQuoteSeal, makeStartCodes } from './keyed-hash.ts';
import { makeSignals } from './metrics.ts';
import { createPgDispatchRecords } from './store/dispatch-records.pg.ts';
import { createPgHousekeeping } from './store/housekeeping.pg.ts';
import { createPgQuoteStore } from './store/quote-store.pg.ts';
import { createPgStartCodeAttempts } from './store/start-code-attempts.pg.ts';
import { createPgTimeline } from './store/timeline.pg.ts';
import { createPgTripAgenda } from './store/trip-agenda.pg.ts';
import { createPgTripStore } from './store/trip-store.pg.ts';
import { createPgTripViews } from './store/trip-views.pg.ts';
import { makeTripTraces } from './trip-traces.ts';
import { createDispatcher, LEAD_TTL_MS } from './usecases/dispatch/dispatcher.ts';
import type { Dispatcher, DispatcherDeps } from './usecases/dispatch/dispatcher.ts';
import { createEars } from './usecases/dispatch/ears.ts';
import type { DispatchEars } from './usecases/dispatch/ears.ts';
import { createFleet } from './usecases/dispatch/fleet.ts';
import { createPool } from './usecases/dispatch/pool.ts';
import { createVerdictBook } from './usecases/dispatch/verdict-book.ts';
import type {
  Housekeeping,
  Operations,
  RiderStandings,
  Slots,
  Timeline,
  TripAgenda,
  TripViews,
} from './usecases/ports.ts';
import { makeStraightLineTravelTimes } from './usecases/travel-times.ts';

/** The other services, as tests may put something else in their place. */
export interface Neighbours {
  readonly slots: Slots;
  readonly standings: RiderStandings;
}

/** What the adapters are built from. */
export interface Platform {
  readonly config: TripConfig;
  readonly database: Database;
  readonly serviceTokens: Pick<ServiceTokens, 'issue'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly operations: Operations;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** This process, told apart from its siblings. */
  readonly owner: string;
  readonly neighbours?: Neighbours | undefined;
}

/** Everything that stands behind the ports of the use cases. */
export type Adapters = EndpointDeps &
  DispatcherDeps & {
    readonly agenda: TripAgenda;
    readonly views: TripViews;
    readonly timeline: Timeline;
    readonly housekeeping: Housekeeping;
    readonly operations: Operations;
    readonly dispatcher: Dispatcher;
    readonly ears: DispatchEars;
  };

/** Builds the adapters; nothing runs yet. */
export function createAdapters(platform: Platform): Adapters {
  const { config, database, clock, ids, operations, metrics, logger, owner } = platform;
  const neighbours = platform.neighbours ?? createNeighbours(platform);
  const travelTimes = makeStraightLineTravelTimes();
  const book = createVerdictBook();
  const pool = createPool((tripId) => book.close(tripId));
  const fleet = createFleet({ clock, travelTimes });
  const views = createPgTripViews(database);
  const deps = {
    ...neighbours,
    clock,
    ids,
    operations,
    bounds: config.bounds,
    offerTtlMs: config.bounds.offerTtlMs,
    quoteTtlMs: config.quoteTtlMs,
    travelTimes,
    book,
    pool,
    fleet,
    views,
    // a process that does not dispatch has nobody to tell: the dispatcher hears of its trips by their events
    dispatch: config.roles.includes('dispatch') ? pool : silent,
    trips: createPgTripStore({ database, traceId: currentTraceId }),
    agenda: createPgTripAgenda(database),
    quotes: createPgQuoteStore(database),
    quoteSeal: makeQuoteSeal(config.quoteSecret),
    startCodes: makeStartCodes(config.startCodeSecret),
    startCodeAttempts: createPgStartCodeAttempts(database),
    records: createPgDispatchRecords(database),
    timeline: createPgTimeline(database),
    housekeeping: createPgHousekeeping(database),
    leadership: createLease(database, 'dispatch', owner, LEAD_TTL_MS),
    signals: makeSignals(metrics, logger),
    traces: makeTripTraces(),
  };
  metrics.gauge('active_trips_total', 'Trips that have not ended', [], () => views.countOpen());
  const dispatcher = createDispatcher(deps);
  const ears = createEars({ fleet, pool, clock, unknownTrip: () => dispatcher.syncSoon() });
  return { ...deps, dispatcher, ears };
}

const silent = { requested: () => undefined, left: () => undefined, offerDeclined: () => undefined };

function createNeighbours({ config, serviceTokens }: Platform): Neighbours {
  const clientOf = (baseUrl: string) => createServiceClient({ baseUrl, tokens: serviceTokens });
  return {
    slots: createHttpSlots(clientOf(config.internal.urls.driver)),
    standings: createHttpRiderStandings(clientOf(config.internal.urls.payment)),
  };
}
