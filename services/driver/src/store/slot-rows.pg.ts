import { assert } from '@rideshare/kernel';
import type { Queryable } from '@rideshare/postgres';
import type { VehicleClass } from '../domain/driver.ts';
import type { OfferSnapshot, Slot, SlotState } from '../domain/slot.ts';

/** A row of `driver_slots`, with its eligibility judged by the clock of the statement that read it. */
export interface SlotRow {
  readonly driver_id: string;
  readonly vehicle_class: VehicleClass;
  readonly state: SlotState;
  readonly trip_id: string | null;
  readonly offer_id: string | null;
  readonly epoch: number;
  readonly expires_at: Date | null;
  readonly eligible_until: Date | null;
  readonly eligible: boolean;
  readonly suspended: boolean;
  readonly pending_offline: boolean;
  readonly settled: boolean;
  readonly changed_at: Date;
}

export const SLOT_COLUMNS = `s.driver_id, s.vehicle_class, s.state, s.trip_id, s.offer_id, s.epoch, s.expires_at,
  s.eligible_until, coalesce(s.eligible_until > clock_timestamp(), false) as eligible, s.suspended, s.pending_offline,
  s.settled, s.changed_at`;

/** What a freed slot becomes. `$offline` stands for the expression that says whether it was asked to go offline. */
export function freedBy($offline: string): string {
  return `state = case when ${$offline} or s.pending_offline or s.suspended
      or coalesce(s.eligible_until <= clock_timestamp(), true) then 'offline' else 'available' end,
    trip_id = null, offer_id = null, expires_at = null, pending_offline = false, settled = false, checked_at = null,
    epoch = s.epoch + 1, changed_at = clock_timestamp()`;
}

export function toSlot(row: SlotRow): Slot {
  return {
    driverId: row.driver_id,
    state: row.state,
    tripId: row.trip_id,
    offerId: row.offer_id,
    epoch: row.epoch,
    expiresAt: row.expires_at,
    eligible: row.eligible,
    eligibleUntil: row.eligible_until,
    suspended: row.suspended,
    pendingOffline: row.pending_offline,
    settled: row.settled,
    changedAt: row.changed_at,
    vehicleClass: row.vehicle_class,
  };
}

/** One locked slot as it is now, read after the lock was there; `undefined` when there is none. */
export async function lockSlot(tx: Queryable, driverId: string): Promise<Slot | undefined> {
  await tx.query('select 1 from driver_slots where driver_id = $1 for update', [driverId], {
    name: 'lock-slot',
  });
  const { rows } = await tx.query<SlotRow>(
    `select ${SLOT_COLUMNS} from driver_slots s where s.driver_id = $1`,
    [driverId],
    { name: 'read-slot' },
  );
  return rows[0] && toSlot(rows[0]);
}

interface OfferRow {
  readonly offer_id: string;
  readonly trip_id: string;
  readonly pickup_lat: number;
  readonly pickup_lng: number;
  readonly destination_lat: number;
  readonly destination_lng: number;
  readonly fare: number;
  readonly earnings: number;
  readonly fare_currency: string;
  readonly earnings_currency: string;
  readonly pickup_eta_s: number;
  readonly expires_at: Date;
}

/** The open offer of a driver, while its time lasts. */
export async function readOpenOffer(database: Queryable, driverId: string): Promise<OfferSnapshot | undefined> {
  const { rows } = await database.query<OfferRow>(
    `select o.* from driver_slots s join offers o on o.offer_id = s.offer_id
     where s.driver_id = $1 and s.state = 'offered' and o.state = 'open' and s.expires_at > clock_timestamp()`,
    [driverId],
    { name: 'open-offer' },
  );
  const row = rows[0];
  return (
    row && {
      offerId: row.offer_id,
      tripId: row.trip_id,
      pickup: { lat: row.pickup_lat, lng: row.pickup_lng },
      destination: { lat: row.destination_lat, lng: row.destination_lng },
      fare: { amount: row.fare, currency: row.fare_currency },
      earnings: { amount: row.earnings, currency: row.earnings_currency },
      pickupEtaS: row.pickup_eta_s,
      expiresAt: row.expires_at,
    }
  );
}

/** The driver of a row that an update matched by its key. */
export function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  assert(row !== undefined && rows.length === 1, 'an update by key touches one row');
  return row;
}
