import type { Clock } from '@rideshare/kernel';
import { plusMs, timestampOf } from '../../domain/timestamp.ts';
import type { Timestamp } from '../../domain/timestamp.ts';
import type { Fleet, PositionReport, SlotChange } from './fleet.ts';
import type { Pool } from './pool.ts';

/** Who let an offer for a trip lapse is not asked again about that trip for so long: somebody else may be awake. */
export const IGNORED_REST_MS = 30_000;

/** A slot change as its event tells of it. */
export interface ToldSlotChange extends SlotChange {
  readonly reason: string;
  /** The trip and offer that the change is about, whichever way it went. */
  readonly tripId: string | null;
  readonly offerId: string | null;
  readonly expiresAt: Timestamp | null;
}

/** What the dispatcher hears from the event log. Everything is a hint that may come late, twice or never. */
export interface DispatchEars {
  slotChanged(change: ToldSlotChange): void;
  located(report: PositionReport): void;
  tripRequested(tripId: string): void;
  tripLeft(tripId: string): void;
}

/** Ears that keep fleet and pool up to date; `unknownTrip` is called for a trip that another process has taken in. */
export function createEars(deps: {
  readonly fleet: Fleet;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly unknownTrip: () => void;
}): DispatchEars {
  const { fleet, pool } = deps;
  return {
    slotChanged(change) {
      const { driverId, tripId, offerId, expiresAt, reason, epoch, position, state, vehicleClass } = change;
      fleet.slotChanged({ driverId, vehicleClass, state, epoch, position });
      if (tripId === null || offerId === null) return;
      if (state === 'offered') {
        if (expiresAt !== null) pool.offered(tripId, { offerId, driverId, expiresAt });
        return;
      }
      // an accepted offer stays out until its trip is heard to have left
      if (reason === 'accepted') return;
      const how = reason === 'offer_declined' ? 'declined' : reason === 'offer_expired' ? 'ignored' : 'withdrawn';
      pool.offerEnded({ tripId, offerId, driverId }, how, plusMs(timestampOf(deps.clock.now()), IGNORED_REST_MS));
    },
    located: (report) => fleet.located(report),
    tripRequested(tripId) {
      if (!pool.get(tripId)) deps.unknownTrip();
    },
    tripLeft: (tripId) => pool.left(tripId),
  };
}
