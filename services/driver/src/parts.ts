/** The service in parts, for worlds that run many services in one process. */
export { createAccountsClient } from './clients/accounts.http.ts';
export { createTripsClient } from './clients/trips.http.ts';
export { createDriverParts } from './composition.ts';
export type { DriverGround, DriverParts } from './composition.ts';
export { driverConfig } from './config.ts';
export type { DriverConfig } from './config.ts';
export { createMemoryStores } from './store/stores.memory.ts';
export { drivers, earnings, offers, positions, slots, tallies } from './store/tables.memory.ts';
export type { DriverRecord, OfferRecord, SlotRecord } from './store/tables.memory.ts';
export type { Accounts, BeginOperation, OnSlotChanged, Stores, Trips } from './usecases/ports.ts';
export type { BackgroundLoop } from './workers/loop.ts';
