import type { Operation } from '@rideshare/kernel';
import type { Timeline, TimelineEntry } from './ports.ts';

/** Keeps what another service told about a trip, in the transaction of the event that told it. */
export async function recordTimeline(
  deps: { readonly timeline: Pick<Timeline, 'record'> },
  operation: Pick<Operation, 'transaction'>,
  tripId: string,
  entries: readonly TimelineEntry[],
): Promise<void> {
  await deps.timeline.record(operation, tripId, entries);
}
