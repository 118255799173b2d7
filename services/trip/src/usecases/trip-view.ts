import { isAssigned } from '../domain/trip.ts';
import type { TripState } from '../domain/trip.ts';
import type { StartCodes } from './ports.ts';

/** Who looks at a trip. */
export interface Viewer {
  readonly userId: string;
  readonly isAdmin: boolean;
}

/** A trip as one person may see it. */
export interface TripView {
  readonly trip: TripState;
  /** The rider's alone, from the acceptance until the ride begins. */
  readonly startCode: string | null;
}

/** The trip as `viewer` may see it; only the rider sees the start code. */
export function tripViewFor(codes: StartCodes, viewer: Pick<Viewer, 'userId'>, trip: TripState): TripView {
  const awaitsStart = isAssigned(trip) && trip.status !== 'in_progress';
  const shown = awaitsStart && trip.facts.riderId === viewer.userId;
  return { trip, startCode: shown ? codes.of(trip.facts.tripId) : null };
}
