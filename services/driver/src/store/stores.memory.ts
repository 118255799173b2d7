import type { MemoryDatabase } from '@rideshare/memory';
import type { OnSlotChanged, Stores } from '../usecases/ports.ts';
import { createMemoryDriverStore } from './driver-store.memory.ts';
import { createMemoryPerformanceStore } from './performance-store.memory.ts';
import { createMemoryPositionStore } from './position-store.memory.ts';
import { createMemorySlotStore } from './slot-store.memory.ts';

/** All stores on one database in memory. `onSlotChanged` hears of every change of a slot once it is committed. */
export function createMemoryStores(database: MemoryDatabase, onSlotChanged: OnSlotChanged): Stores {
  return {
    drivers: createMemoryDriverStore(database, onSlotChanged),
    slots: createMemorySlotStore(database, onSlotChanged),
    positions: createMemoryPositionStore(database),
    performance: createMemoryPerformanceStore(database),
  };
}
