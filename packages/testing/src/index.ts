export { createTestDatabase } from './database.ts';
export type { TestDatabase, TestDatabaseOptions } from './database.ts';
