import path from 'node:path';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase } from '@rideshare/testing';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');

/** A database with the schema of the trip service. */
export async function tripDatabase(): Promise<{ database: Database; url: string; close: () => Promise<void> }> {
  const { url, drop } = await createTestDatabase({ migrate: { schema: 'trip', dir: MIGRATIONS } });
  const database = createDatabase({ url, applicationName: 'trip-test', poolMax: 8 });
  const close = async (): Promise<void> => {
    await database.close();
    await drop();
  };
  return { database, url, close };
}
