export { createIdempotencyStore, purgeIdempotencyKeys } from './idempotency-store.ts';
export { acquireLeases, createLease, releaseLeases } from './lease.ts';
export type { Lease } from './lease.ts';
export { asMemory, createMemoryServer } from './server.ts';
export type {
  Interference,
  MemoryDatabase,
  MemoryListening,
  MemoryServer,
  MemoryStep,
  MemoryTransaction,
} from './server.ts';
export { defineTable } from './tables.ts';
export type { MemoryTable, TableReader, TableWriter } from './tables.ts';
