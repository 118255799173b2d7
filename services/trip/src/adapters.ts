import type { ServiceClient } from '@rideshare/http';
import type { Clock, Ids } from '@rideshare/kernel';
import type { Logger, Metrics } from '@rideshare/observability';
import type { EndpointDeps } from './app.ts';
import { createHttpRiderStandings } from './clients/rider-standings.http.ts';
import { createHttpSlots } from './clients/slots.http.ts';
import type { TripConfig } from './config.ts';
import { makeQuoteSeal, makeStartCodes } from './keyed-hash.ts';
import { makeSignals } from './metrics.ts';
import type { Stores } from './store/stores.ts';
import { makeTripTraces } from './trip-traces.ts';
import { createDispatcher } from './usecases/dispatch/dispatcher.ts';
import type { Dispatcher, DispatcherDeps } from './usecases/dispatch/dispatcher.ts';
import { createEars } from './usecases/dispatch/ears.ts';
import type { DispatchEars } from './usecases/dispatch/ears.ts';
import { createFleet } from './usecases/dispatch/fleet.ts';
import { createPool } from './usecases/dispatch/pool.ts';
import { createVerdictBook } from './usecases/dispatch/verdict-book.ts';
import type {
  Housekeeping,
  Leadership,
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
  readonly config: Pick<
    TripConfig,
    'bounds' | 'quoteTtlMs' | 'roles' | 'quoteSecret' | 'startCodeSecret' | 'dispatchWindowMs' | 'sweepMs'
  >;
  readonly stores: Stores;
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly operations: Operations;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly neighbours: Neighbours;
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
  const { config, stores, leadership, neighbours, clock, ids, operations, metrics, logger } = platform;
  const travelTimes = makeStraightLineTravelTimes();
  const book = createVerdictBook();
  const pool = createPool((tripId) => book.close(tripId));
  const fleet = createFleet({ clock, travelTimes });
  const deps = {
    ...stores,
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
    // a process that does not dispatch has nobody to tell: the dispatcher hears of its trips by their events
    dispatch: config.roles.includes('dispatch') ? pool : silent,
    leadership,
    quoteSeal: makeQuoteSeal(config.quoteSecret),
    startCodes: makeStartCodes(config.startCodeSecret),
    signals: makeSignals(metrics, logger),
    traces: makeTripTraces(),
  };
  metrics.gauge('active_trips_total', 'Trips that have not ended', [], () => stores.views.countOpen());
  const dispatcher = createDispatcher(deps);
  const ears = createEars({ fleet, pool, clock, unknownTrip: () => dispatcher.syncSoon() });
  return { ...deps, dispatcher, ears };
}

const silent = { requested: () => undefined, left: () => undefined, offerDeclined: () => undefined };

/** The other services, over HTTP. */
export function createNeighbours(clients: Readonly<Record<'driver' | 'payment', ServiceClient>>): Neighbours {
  return { slots: createHttpSlots(clients.driver), standings: createHttpRiderStandings(clients.payment) };
}
