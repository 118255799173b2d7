/**
 * What the service is made of, for whoever puts it together otherwise than {@link startService} does: on stores in memory,
 * beside neighbours in the same process.
 */
export { createAdapters, createNeighbours } from './adapters.ts';
export type { Adapters, Neighbours, Platform } from './adapters.ts';
export { bindEndpoints } from './app.ts';
export { startBackground } from './background.ts';
export type { Running } from './background.ts';
export { tripConfig } from './config.ts';
export { createMemoryStores } from './store/stores.memory.ts';
export { trips } from './store/tables.memory.ts';
export type { StoredTrip } from './store/tables.memory.ts';
export { LEAD_TTL_MS } from './usecases/dispatch/dispatcher.ts';
