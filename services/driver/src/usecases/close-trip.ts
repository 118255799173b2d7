import type { Operation } from '@rideshare/kernel';
import type { PerformanceStore, SlotStore } from './ports.ts';

/** How a trip ended, and with whom. */
export interface EndedTrip {
  readonly tripId: string;
  readonly riderId: string;
  readonly driverId: string | null;
  readonly outcome: 'completed' | 'cancelled' | 'cancelled_by_driver' | 'expired';
}

/** Frees the slot of an ended trip, which will never take a driver again, and counts it for its driver. */
export async function closeTrip(
  {
    slots,
    performance,
  }: {
    readonly slots: Pick<SlotStore, 'clear'>;
    readonly performance: Pick<PerformanceStore, 'countTrip' | 'rememberRider'>;
  },
  operation: Operation,
  { tripId, riderId, driverId, outcome }: EndedTrip,
): Promise<void> {
  await slots.clear(operation, tripId);
  if (driverId === null || outcome === 'expired') return;
  await performance.countTrip(operation, driverId, outcome);
  // known since it was accepted, unless this end has overtaken that news
  await performance.rememberRider(operation, { driverId, riderId, tripId });
}
