/** The service in parts, for worlds that run many services in one process. */
export { createTrips } from './clients/trips.ts';
export { createPaymentParts } from './composition.ts';
export type { PaymentDeps, PaymentGround, PaymentParts, RunningLoop } from './composition.ts';
export { paymentConfig } from './config.ts';
export { signWebhook } from './signing.ts';
export { ledgerJournals, paymentOps, payments } from './store/payment-tables.memory.ts';
export type { JournalFile, OpFile, PaymentFile } from './store/payment-tables.memory.ts';
export { createMemorySandboxGateway, sandboxOperations } from './store/sandbox-gateway.memory.ts';
export type { SandboxFile } from './store/sandbox-gateway.memory.ts';
export { createMemoryStores } from './store/stores.memory.ts';
export type { PaymentGateway, StoreHooks, Stores, Trips, TripState } from './usecases/ports.ts';
