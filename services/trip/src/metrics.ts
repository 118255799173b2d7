import type { Logger, Metrics } from '@rideshare/observability';
import type { Signals } from './usecases/ports.ts';

/** From the request to the first offer; an answer within a second is the promise. */
const FIRST_OFFER_BUCKETS_S = [0.1, 0.25, 0.5, 0.75, 1, 2, 5, 10, 30, 60, 120];
const WINDOW_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Counts and logs what the business did. */
export function makeSignals(metrics: Metrics, logger: Logger): Signals {
  const trips = metrics.counter('trips_total', 'Steps of trips, by the status they led to', ['status']);
  const cancelled = metrics.counter('trips_cancelled_total', 'Cancelled trips', ['by', 'from']);
  const refused = metrics.counter(
    'trip_requests_refused_total',
    'Requests of rides that came to nothing, by error code',
    ['code'],
  );
  const locked = metrics.counter('start_codes_locked_total', 'Starts refused after too many wrong codes');
  const windows = metrics.histogram('dispatch_window_seconds', 'Work of one dispatch window', [], WINDOW_BUCKETS_S);
  const waiting = metrics.gauge('dispatch_waiting_trips', 'Trips that waited for a driver in the last window');
  const known = metrics.gauge('dispatch_known_drivers', 'Drivers that the dispatcher has heard of');
  const offers = metrics.counter('dispatch_offers_total', 'Offers, by what the slots said', ['outcome']);
  const verdicts = metrics.counter('dispatch_verdicts_total', 'Candidates passed over, by gate', ['gate']);
  const failures = metrics.counter('dispatch_failures_total', 'Steps of the dispatcher that failed', ['step']);
  const firstOffer = metrics.histogram(
    'dispatch_first_offer_seconds',
    'From the request of a trip to its first offer',
    [],
    FIRST_OFFER_BUCKETS_S,
  );
  const swept = metrics.counter('trip_deadlines_total', 'Trips whose state had run out', ['outcome']);
  const overdue = metrics.gauge('trips_overdue_rides', 'Rides that have lasted longer than they should');
  // each is told of once, not with every sweep
  let named: ReadonlySet<string> = new Set();
  return {
    tripChanged: (trip, previous) => {
      trips.inc({ status: trip.status });
      if (trip.status === 'cancelled') cancelled.inc({ by: trip.cancelledBy, from: trip.from });
      logger.info('trip changed', {
        tripId: trip.facts.tripId,
        status: trip.status,
        previous,
        tripVersion: trip.version,
      });
    },
    requestRefused: (code) => refused.inc({ code }),
    startCodeLocked: (tripId) => {
      locked.inc();
      logger.warn('start code locked', { tripId });
    },
    dispatchWindow: (window) => {
      windows.observe(window.durationMs / 1_000);
      waiting.set(window.waiting);
      known.set(window.drivers);
    },
    offersSettled: (outcome, count) => offers.inc({ outcome }, count),
    verdicts: (gate, count) => verdicts.inc({ gate }, count),
    firstOffer: (waitMs) => firstOffer.observe(waitMs / 1_000),
    dispatchFailed: (step, error) => {
      failures.inc({ step });
      logger.warn('dispatch step failed', { step, error });
    },
    deadlineSwept: (outcome) => swept.inc({ outcome }),
    overdueRides: (count, tripIds) => {
      overdue.set(count);
      for (const tripId of tripIds) if (!named.has(tripId)) logger.warn('ride overdue', { tripId });
      named = new Set(tripIds);
    },
  };
}
