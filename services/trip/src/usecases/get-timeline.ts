import { tripError } from '../domain/errors.ts';
import type { Timeline, TimelineEntry, TripStore } from './ports.ts';

/**
 * The flight recorder of a trip: states, offers, verdicts, slots, money and messages, oldest first.
 *
 * @throws `TRIP_NOT_FOUND`.
 */
export async function getTimeline(
  deps: { readonly trips: Pick<TripStore, 'read'>; readonly timeline: Timeline },
  tripId: string,
): Promise<{ readonly tripId: string; readonly entries: readonly TimelineEntry[] }> {
  if (!(await deps.trips.read(tripId))) throw tripError('TRIP_NOT_FOUND');
  return { tripId, entries: await deps.timeline.of(tripId) };
}
