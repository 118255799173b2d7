import { createDriverPool } from '@rideshare/dispatch';
import type { DriverPool } from '@rideshare/dispatch';
import type { Clock } from '@rideshare/kernel';
import { vehicleClasses } from '@rideshare/pricing';
import type { VehicleClass } from '@rideshare/pricing';
import { plusMs, timestampOf } from '../../domain/timestamp.ts';
import type { Timestamp } from '../../domain/timestamp.ts';
import type { Point } from '../../domain/trip.ts';
import type { FleetView, TravelTimes } from '../ports.ts';

/** A position from further ahead comes from a clock that is wrong, and would keep every later one out. */
const AHEAD_MAX_MS = 30_000;
/** A driver who has not been heard of for longer gets no offer, and is no answer to how long one would take. */
const POSITION_FRESH_MS = 120_000;

/** Where a driver's slot stands. */
export type SlotState = 'offline' | 'available' | 'offered' | 'assigned';

/** What is known of one driver. */
export interface FleetDriver {
  readonly driverId: string;
  readonly vehicleClass: VehicleClass;
  readonly state: SlotState;
  /** Of the slot change that `state` comes from; 0 when only positions have told of it. */
  readonly epoch: number;
  readonly position: { readonly point: Point; readonly recordedAt: Timestamp } | null;
  /** Not offered anything until then: the slot has just refused, and knows better. */
  readonly restsUntil: Timestamp | null;
}

/** A change of a driver's slot. */
export interface SlotChange extends Pick<FleetDriver, 'driverId' | 'vehicleClass' | 'state' | 'epoch' | 'position'> {}

/** A position, with the slot as its sender knew it. */
export interface PositionReport extends Pick<FleetDriver, 'driverId' | 'vehicleClass' | 'state'> {
  readonly point: Point;
  readonly recordedAt: Timestamp;
}

/**
 * Every driver that this process has heard of.
 *
 * @remarks A hint and nothing more: whether a driver is free is decided by the slot, when it is reserved. Slot changes are
 * ordered by their epoch, positions by the time they were recorded; older ones change nothing.
 */
export interface Fleet extends FleetView {
  slotChanged(change: SlotChange): void;
  located(report: PositionReport): void;
  /** The slot was reserved, or refused, by this process; its own event follows. */
  reserved(driverId: string, epoch: number): void;
  /** The driver is not offered anything until then. */
  rest(driverId: string, until: Timestamp): void;
  driver(driverId: string): FleetDriver | undefined;
  /** Whoever works and has a position, as a search at `at` may take them. */
  poolAt(at: Timestamp): DriverPool;
  readonly size: number;
}

/** How far a rider is told of drivers: as far as a search comes to look. */
const NEARBY_M = 20_000;

/** A fleet of which nothing is known yet. */
export function createFleet(deps: { readonly clock: Clock; readonly travelTimes: TravelTimes }): Fleet {
  const drivers = new Map<string, FleetDriver>();
  const pool = createDriverPool();
  const resting = new Set<string>();
  const put = (driver: FleetDriver): void => {
    const { driverId, vehicleClass, position, state, restsUntil } = driver;
    drivers.set(driverId, driver);
    if (restsUntil === null) resting.delete(driverId);
    else resting.add(driverId);
    // only those who work can be candidates; the others need not be searched
    if (!position || state === 'offline') {
      pool.remove(driverId);
      return;
    }
    const isAvailable = state === 'available' && restsUntil === null;
    const recordedAt = new Date(position.recordedAt);
    pool.set({ driverId, position: position.point, recordedAt, vehicleClass, isAvailable });
  };
  const newer = (known: FleetDriver | undefined, position: FleetDriver['position']): FleetDriver['position'] => {
    const before = known?.position ?? null;
    if (!position || position.recordedAt > plusMs(timestampOf(deps.clock.now()), AHEAD_MAX_MS)) return before;
    return before && before.recordedAt >= position.recordedAt ? before : position;
  };
  const change = (driverId: string, changes: Partial<FleetDriver>): void => {
    const known = drivers.get(driverId);
    if (known) put({ ...known, ...changes });
  };

  return {
    get size() {
      return drivers.size;
    },
    slotChanged(slot) {
      const known = drivers.get(slot.driverId);
      const position = newer(known, slot.position);
      if (known && known.epoch >= slot.epoch) put({ ...known, position });
      else put({ ...slot, position, restsUntil: null });
    },
    located({ driverId, vehicleClass, state, point, recordedAt }) {
      const known = drivers.get(driverId);
      const position = newer(known, { point, recordedAt });
      if (position === (known?.position ?? null)) return;
      // a report says how the slot was when it was sent; any slot change that was seen is better than that
      if (known && known.epoch > 0) put({ ...known, position });
      else put({ driverId, vehicleClass, state, epoch: 0, position, restsUntil: known?.restsUntil ?? null });
    },
    reserved: (driverId, epoch) => {
      const known = drivers.get(driverId);
      if (known && known.epoch < epoch) put({ ...known, state: 'offered', epoch });
    },
    rest: (driverId, until) => change(driverId, { restsUntil: until }),
    driver: (driverId) => drivers.get(driverId),
    poolAt(at) {
      for (const driverId of resting) {
        const until = drivers.get(driverId)?.restsUntil;
        if (until && until <= at) change(driverId, { restsUntil: null });
      }
      return pool;
    },
    pickupEtasS: (pickup, at) => nearestEtasS(pool, deps.travelTimes, pickup, at),
    position: (driverId) => drivers.get(driverId)?.position ?? null,
  };
}

/** How long the nearest free driver of each class would take. */
function nearestEtasS(
  pool: DriverPool,
  travelTimes: TravelTimes,
  pickup: Point,
  at: Timestamp,
): Partial<Record<VehicleClass, number>> {
  const oldest = Date.parse(at) - POSITION_FRESH_MS;
  const etasS: Partial<Record<VehicleClass, number>> = {};
  for (const vehicleClass of vehicleClasses) {
    const [nearest] = pool.around(pickup, {
      radiusM: NEARBY_M,
      limit: 1,
      serves: (driven) => driven === vehicleClass,
      accept: ({ driver }) => driver.recordedAt.getTime() >= oldest,
    });
    if (nearest) etasS[vehicleClass] = travelTimes.seconds(nearest.driver.position, pickup);
  }
  return etasS;
}
