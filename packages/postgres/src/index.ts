export { createDatabase } from './database.ts';
export type { DatabaseOptions } from './database.ts';
export { assertDurable } from './durability.ts';
export { isConnectionLost, isSerializationFailure, isUniqueViolation } from './errors.ts';
export { createIdempotencyStore, purgeIdempotencyKeys } from './idempotency-store.ts';
export { acquireLeases, createLease, releaseLeases } from './lease.ts';
export type { Lease } from './lease.ts';
export { EVENT_LOG_SCHEMA, migrate, migrateEventLog } from './migrate.ts';
export type { MigrateOptions } from './migrate.ts';
export { provision } from './provision.ts';
export type { ProvisionOptions, ServiceAccess } from './provision.ts';
export type {
  Database,
  Listening,
  OnNotify,
  PgTransaction,
  Queryable,
  QueryOptions,
  QueryResult,
  WriteAll,
} from './queryable.ts';
export { asPg } from './transaction.ts';
