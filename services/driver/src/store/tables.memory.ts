import { defineTable } from '@rideshare/memory';
import type { Money } from '@rideshare/kernel';
import type { Verification } from '../domain/documents.ts';
import type { Driver, NumberTrace } from '../domain/driver.ts';
import type { Counts } from '../domain/performance.ts';
import type { ReportedPoint } from '../domain/positions.ts';
import type { OfferSnapshot, OfferState, Slot } from '../domain/slot.ts';

/** A profile; of its documents, those that no later one has replaced, the oldest first. */
export interface DriverRecord {
  readonly driver: Driver;
  readonly verification: Verification;
  readonly license: NumberTrace;
}

/** A slot as it is kept; whether its driver is eligible depends on when it is read. */
export interface SlotRecord extends Omit<Slot, 'eligible'> {
  /** When the sweep last asked the trip service about an assignment. */
  readonly checkedAt: Date | null;
}

/** An offer and what came of it. */
export interface OfferRecord extends OfferSnapshot {
  readonly driverId: string;
  readonly riderId: string;
  readonly state: OfferState;
  readonly madeAt: Date;
  readonly endedAt: Date | null;
}

/** How long a driver was online before, and since when they are. */
export interface OnlineRecord {
  readonly onlineMs: number;
  readonly since: Date | null;
}

/** What the user service said about an account. */
export interface StandingRecord {
  readonly suspended: boolean;
  readonly deactivated: boolean;
}

export const drivers = defineTable<DriverRecord>('drivers');
export const slots = defineTable<SlotRecord>('driver_slots');
/** By trip: the driver whose slot it has. What a unique index is to the slots elsewhere, this is here. */
export const slotOfTrip = defineTable<{ readonly driverId: string }>('slot_of_trip');
export const offers = defineTable<OfferRecord>('offers');
/** By {@link pair} of driver and trip. */
export const declines = defineTable<{ readonly offerId: string }>('declines');
export const onlineTimes = defineTable<OnlineRecord>('online_times');
export const standings = defineTable<StandingRecord>('account_standings');
export const positions = defineTable<ReportedPoint>('driver_positions');
export const tallies = defineTable<Counts>('driver_tallies');
/** By {@link pair} of driver and currency. */
export const earnings = defineTable<Money & { readonly driverId: string }>('driver_earnings');
/** By {@link pair} of driver and rider. */
export const riders = defineTable<{ readonly tripId: string }>('driver_riders');

/** The key of a row that belongs to two. */
export function pair(one: string, other: string): string {
  return `${one} ${other}`;
}
