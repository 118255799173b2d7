import type { HistoryPosition, StartCodes, TripViews } from './ports.ts';
import { tripViewFor } from './trip-view.ts';
import type { TripView } from './trip-view.ts';

/** A page of the caller's trips as rider and driver, newest first. */
export async function listHistory(
  deps: { readonly views: Pick<TripViews, 'history'>; readonly startCodes: StartCodes },
  query: { readonly userId: string; readonly limit: number; readonly after: HistoryPosition | null },
): Promise<{ readonly items: readonly TripView[]; readonly next: HistoryPosition | null }> {
  const page = await deps.views.history(query.userId, query.limit, query.after);
  return { items: page.trips.map((trip) => tripViewFor(deps.startCodes, query, trip)), next: page.next };
}
