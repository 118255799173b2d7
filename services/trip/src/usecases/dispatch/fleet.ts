import { createPointIndex } from '@rideshare/geo';
import type { Clock } from '@rideshare/kernel';
import type { VehicleClass } from '@rideshare/pricing';
import { elapsedMs, plusMs, timestampOf } from '../../domain/timestamp.ts';
import type { Timestamp } from '../../domain/timestamp.ts';
import type { Point } from '../../domain/trip.ts';
import type { FleetView, TravelTimes } from '../ports.ts';

/** A position from further ahead comes from a clock that is wrong, and would keep every later one out. */
const AHEAD_MAX_MS = 30_000;
/** A driver who has not been heard of for longer gets no offer. */
export const POSITION_FRESH_MS = 120_000;

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
  rest(driverId: string, until: Timestamp): void;
  driver(driverId: string): FleetDriver | undefined;
  /** Drivers with a position around `point`, nearest first, whatever else is true of them. */
  around(point: Point, radiusM: number, limit: number): readonly FleetDriver[];
  readonly size: number;
}

/** Whether nothing that is known of the driver forbids an offer at `at`. */
export function isFree(driver: FleetDriver, at: Timestamp): boolean {
  return driver.state === 'available' && isFresh(driver, at) && (driver.restsUntil === null || driver.restsUntil <= at);
}

/** Whether the driver's position is young enough to send somebody to them. */
export function isFresh({ position }: FleetDriver, at: Timestamp): boolean {
  return position !== null && elapsedMs(position.recordedAt, at) <= POSITION_FRESH_MS;
}

/** A fleet of which nothing is known yet. */
export function createFleet(deps: { readonly clock: Clock; readonly travelTimes: TravelTimes }): Fleet {
  const drivers = new Map<string, FleetDriver>();
  const index = createPointIndex<string>();
  const put = (driver: FleetDriver): void => {
    drivers.set(driver.driverId, driver);
    // only those who work can be candidates; the others need not be searched
    if (driver.position && driver.state !== 'offline') index.set(driver.driverId, driver.position.point);
    else index.remove(driver.driverId);
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
    around: (point, radiusM, limit) =>
      index.nearest(point, { radiusM, limit }).flatMap(({ id }) => drivers.get(id) ?? []),
    pickupEtaS(pickup, vehicleClass, at) {
      const accept = (driverId: string): boolean => {
        const driver = drivers.get(driverId);
        return driver?.vehicleClass === vehicleClass && isFree(driver, at);
      };
      const nearest = index.nearest(pickup, { limit: 1, accept })[0];
      return nearest ? deps.travelTimes.seconds(nearest.point, pickup) : null;
    },
    position: (driverId) => drivers.get(driverId)?.position ?? null,
  };
}
