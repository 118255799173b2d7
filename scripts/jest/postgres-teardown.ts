import type { TestPostgres } from './postgres-setup.ts';

/** Ends what the setup began. */
export default async function teardown(): Promise<void> {
  await (globalThis as { __testPostgres?: TestPostgres }).__testPostgres?.stop();
}
