import type { Database } from '@rideshare/postgres';
import type { OnSlotChanged, Stores } from '../usecases/ports.ts';
import { createDriverStore } from './driver-store.pg.ts';
import { createPerformanceStore } from './performance-store.pg.ts';
import { createPositionStore } from './position-store.pg.ts';
import { createSlotStore } from './slot-store.pg.ts';

/** All stores on one PostgreSQL database. `onSlotChanged` hears of every change of a slot once it is durable. */
export function createStores(database: Database, onSlotChanged: OnSlotChanged): Stores {
  return {
    drivers: createDriverStore(database, onSlotChanged),
    slots: createSlotStore(database, onSlotChanged),
    positions: createPositionStore(database),
    performance: createPerformanceStore(database),
  };
}
