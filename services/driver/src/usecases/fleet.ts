import { createPointIndex } from '@rideshare/geo';
import type { Point } from '@rideshare/geo';
import type { VehicleClass } from '../domain/driver.ts';
import { FUTURE_TOLERANCE_MS, isFresh } from '../domain/positions.ts';
import type { Position, SlotState } from '../domain/slot.ts';
import type { FleetSlot } from './ports.ts';

// Where the available drivers are, in the memory of this process.
//
// Filled from the stores at start, then from this process's own changes (so that a driver finds itself at once) and from
// the log (so that every instance knows of every driver). The same news arrives more than once and in any order: of slots
// the highest epoch wins, of positions the latest.

/** A driver found near a point. */
export interface NearbyDriver {
  readonly driverId: string;
  readonly point: Point;
  readonly distanceM: number;
  readonly vehicleClass: VehicleClass;
}

export interface Fleet {
  slotChanged(slot: FleetSlot): void;
  located(driverId: string, position: Position, at: Date): void;
  /** Available drivers seen lately, nearest first. */
  nearest(query: {
    readonly point: Point;
    readonly radiusM: number;
    readonly limit: number;
    readonly vehicleClass: VehicleClass | undefined;
    readonly at: Date;
  }): NearbyDriver[];
}

interface Entry {
  state: SlotState | undefined;
  epoch: number;
  vehicleClass: VehicleClass | undefined;
  position: Position | undefined;
}

/** An empty {@link Fleet}. It keeps a few dozen bytes for every driver it ever heard of. */
export function createFleet(): Fleet {
  const entries = new Map<string, Entry>();
  const available = createPointIndex<string>();

  function entryOf(driverId: string): Entry {
    const known = entries.get(driverId);
    if (known) return known;
    const fresh: Entry = { state: undefined, epoch: -1, vehicleClass: undefined, position: undefined };
    entries.set(driverId, fresh);
    return fresh;
  }

  function place(driverId: string, { state, position }: Entry): void {
    if (state === 'available' && position) available.set(driverId, position.point);
    else available.remove(driverId);
  }

  function move(entry: Entry, position: Position): void {
    if (!entry.position || position.recordedAt > entry.position.recordedAt) entry.position = position;
  }

  return {
    slotChanged(slot) {
      const entry = entryOf(slot.driverId);
      if (slot.position) move(entry, slot.position);
      if (slot.epoch > entry.epoch) {
        entry.state = slot.state;
        entry.epoch = slot.epoch;
        entry.vehicleClass = slot.vehicleClass;
      }
      place(slot.driverId, entry);
    },
    located(driverId, position, at) {
      if (position.recordedAt.getTime() > at.getTime() + FUTURE_TOLERANCE_MS) return;
      const entry = entryOf(driverId);
      move(entry, position);
      place(driverId, entry);
    },
    nearest({ point, radiusM, limit, vehicleClass, at }) {
      const isWanted = (driverId: string): boolean => {
        const entry = entries.get(driverId);
        if (!entry?.position || !isFresh(entry.position, at)) return false;
        return vehicleClass === undefined || entry.vehicleClass === vehicleClass;
      };
      return available.nearest(point, { limit, radiusM, accept: isWanted }).flatMap((found) => {
        const known = entries.get(found.id)?.vehicleClass;
        return known
          ? [{ driverId: found.id, point: found.point, distanceM: found.distanceM, vehicleClass: known }]
          : [];
      });
    },
  };
}
