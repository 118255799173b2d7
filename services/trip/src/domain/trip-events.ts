import type { Money } from '@rideshare/kernel';
import type { FareLine } from '@rideshare/pricing';
import type { Timestamp } from './timestamp.ts';
import type { Actor, OpenStatus, Rating, RatingSide, TripFacts } from './trip.ts';

/** What happened to a trip. Each member is a JSON value, so that a stored event is read back as it was. */
export type TripEvent =
  | { readonly type: 'requested'; readonly at: Timestamp; readonly facts: TripFacts }
  | {
      readonly type: 'accepted';
      readonly at: Timestamp;
      readonly driverId: string;
      readonly offerId: string;
      readonly slotEpoch: number;
      readonly arriveBy: Timestamp;
    }
  | { readonly type: 'arrived'; readonly at: Timestamp; readonly startBy: Timestamp }
  | { readonly type: 'started'; readonly at: Timestamp; readonly rideBy: Timestamp }
  | { readonly type: 'completed'; readonly at: Timestamp; readonly lines: readonly FareLine[]; readonly total: Money }
  | {
      readonly type: 'cancelled';
      readonly at: Timestamp;
      readonly from: OpenStatus;
      readonly by: Actor;
      readonly reason: string;
      readonly fee: Money;
    }
  | { readonly type: 'expired'; readonly at: Timestamp }
  | { readonly type: 'rated'; readonly at: Timestamp; readonly by: RatingSide; readonly rating: Rating };
