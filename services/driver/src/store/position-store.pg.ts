import type { Database } from '@rideshare/postgres';
import type { VehicleClass } from '../domain/driver.ts';
import type { SlotState } from '../domain/slot.ts';
import type { PositionStore } from '../usecases/ports.ts';

// in the order of their keys, so that two instances that write the same drivers cannot block each other
const SAVE = `with saved as (
    insert into driver_positions as p (driver_id, lat, lng, recorded_at, heading_deg, speed_mps, accuracy_m)
    select * from unnest($1::uuid[], $2::float8[], $3::float8[], $4::timestamptz[], $5::float8[], $6::float8[],
      $7::float8[]) as u (driver_id, lat, lng, recorded_at, heading_deg, speed_mps, accuracy_m)
    order by u.driver_id
    on conflict (driver_id) do update set lat = excluded.lat, lng = excluded.lng, recorded_at = excluded.recorded_at,
      heading_deg = excluded.heading_deg, speed_mps = excluded.speed_mps, accuracy_m = excluded.accuracy_m
    where excluded.recorded_at > p.recorded_at
    returning driver_id)
  select s.driver_id, s.state, s.trip_id, s.vehicle_class
  from saved join driver_slots s on s.driver_id = saved.driver_id`;

interface FleetRow {
  readonly driver_id: string;
  readonly state: SlotState;
  readonly epoch: number;
  readonly vehicle_class: VehicleClass;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly recorded_at: Date | null;
}

/** A {@link PositionStore} in PostgreSQL. */
export function createPositionStore(database: Database): PositionStore {
  return {
    async save(updates) {
      if (updates.length === 0) return [];
      const { rows } = await database.query<{
        driver_id: string;
        state: SlotState;
        trip_id: string | null;
        vehicle_class: VehicleClass;
      }>(
        SAVE,
        [
          updates.map((update) => update.driverId),
          updates.map((update) => update.point.lat),
          updates.map((update) => update.point.lng),
          updates.map((update) => update.recordedAt),
          updates.map((update) => update.headingDeg),
          updates.map((update) => update.speedMps),
          updates.map((update) => update.accuracyM),
        ],
        { name: 'save-positions' },
      );
      const slots = new Map(rows.map((row) => [row.driver_id, row]));
      return updates.flatMap((update) => {
        const slot = slots.get(update.driverId);
        return slot ? [{ ...update, state: slot.state, tripId: slot.trip_id, vehicleClass: slot.vehicle_class }] : [];
      });
    },
    async lastSeen(driverId) {
      const { rows } = await database.query<{ recorded_at: Date | null }>(
        `select p.recorded_at from drivers d left join driver_positions p on p.driver_id = d.driver_id
         where d.driver_id = $1`,
        [driverId],
        { name: 'last-seen' },
      );
      return rows[0]?.recorded_at;
    },
    async fleet() {
      const { rows } = await database.query<FleetRow>(
        `select s.driver_id, s.state, s.epoch, s.vehicle_class, p.lat, p.lng, p.recorded_at
         from driver_slots s left join driver_positions p on p.driver_id = s.driver_id where s.state <> 'offline'`,
      );
      return rows.map((row) => ({
        driverId: row.driver_id,
        state: row.state,
        epoch: row.epoch,
        vehicleClass: row.vehicle_class,
        position:
          row.lat === null || row.lng === null || row.recorded_at === null
            ? null
            : { point: { lat: row.lat, lng: row.lng }, recordedAt: row.recorded_at },
      }));
    },
  };
}
