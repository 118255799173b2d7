import { currentTraceId, traceHeaders, traceIdOf, withSpan } from '@rideshare/observability';
import type { TracedTrip, TripTraces } from './usecases/ports.ts';

/** Spans of trips over OpenTelemetry; without a span that is active there is nothing to link to. */
export function makeTripTraces(): TripTraces {
  const requestOf = ({ requestTrace }: TracedTrip) => (requestTrace === null ? [] : [{ traceparent: requestTrace }]);
  return {
    current: () => traceHeaders()['traceparent'] ?? null,
    step: (name, trip, work) => {
      // a link to the trace that one is in says nothing
      const links = requestOf(trip).filter((headers) => traceIdOf(headers) !== currentTraceId());
      return withSpan(name, { attributes: { 'trip.id': trip.tripId }, links }, work);
    },
    underRequest: (name, trip, work) => {
      const [parent] = requestOf(trip);
      return withSpan(name, { attributes: { 'trip.id': trip.tripId }, ...(parent ? { parent } : {}) }, work);
    },
    batch: (name, trips, work) => withSpan(name, { root: true, links: trips.flatMap(requestOf) }, work),
  };
}
