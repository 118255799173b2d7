import { assert } from '@rideshare/kernel';
import type { MemoryDatabase } from '@rideshare/memory';
import type { PositionStore } from '../usecases/ports.ts';
import { drivers, positions, slots } from './tables.memory.ts';

/** A {@link PositionStore} in memory. */
export function createMemoryPositionStore(database: MemoryDatabase): PositionStore {
  return {
    save: (updates) =>
      database.transaction((tx) =>
        updates.flatMap((update) => {
          const { driverId, ...point } = update;
          const slot = tx.get(slots, driverId);
          assert(slot, 'only drivers have positions');
          const known = tx.get(positions, driverId);
          if (known && known.recordedAt >= point.recordedAt) return [];
          tx.put(positions, driverId, point);
          return [{ ...update, state: slot.state, tripId: slot.tripId, vehicleClass: slot.vehicleClass }];
        }),
      ),
    lastSeen: (driverId) =>
      database.read((reader) =>
        reader.get(drivers, driverId) ? (reader.get(positions, driverId)?.recordedAt ?? null) : undefined,
      ),
    fleet: () =>
      database.read((reader) =>
        reader
          .all(slots)
          .filter(({ state }) => state !== 'offline')
          .map(({ driverId, state, epoch, vehicleClass }) => {
            const found = reader.get(positions, driverId);
            const position = found ? { point: found.point, recordedAt: found.recordedAt } : null;
            return { driverId, state, epoch, vehicleClass, position };
          }),
      ),
  };
}
