import { createDatabase } from '@rideshare/postgres';
import type { Database, DatabaseOptions } from '@rideshare/postgres';
import { createTestDatabase } from '@rideshare/testing';

/** A database of this test file's own. */
export interface OpenDatabase {
  readonly url: string;
  readonly adminUrl: string;
  readonly database: Database;
  /** Another handle on it, closed with the rest. */
  readonly another: (options?: Partial<DatabaseOptions>) => Database;
  readonly close: () => Promise<void>;
}

export async function openDatabase(schema?: string): Promise<OpenDatabase> {
  const { url, adminUrl, drop } = await createTestDatabase(schema === undefined ? {} : { migrate: { schema } });
  const opened: Database[] = [];
  const another = (options: Partial<DatabaseOptions> = {}): Database => {
    const database = createDatabase({ url, applicationName: 'test', ...options });
    opened.push(database);
    return database;
  };
  return {
    url,
    adminUrl,
    database: another(),
    another,
    close: async () => {
      await Promise.all(opened.map((database) => database.close()));
      await drop();
    },
  };
}
