import { createEmbeddedLog } from '@rideshare/messaging';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase, pgProbe } from '@rideshare/testing';
import type { EventLogHarness, MessagingHarness, MessagingProcess } from '@rideshare/testing';

/** The embedded log and a service's schema in a database of their own; further processes have pools of their own. */
export async function embeddedHarness(): Promise<
  MessagingHarness & { asLog(): EventLogHarness; readonly url: string }
> {
  const { url, drop } = await createTestDatabase({ migrate: { schema: 'app' } });
  const databases: Database[] = [];
  const open = (): MessagingProcess & { readonly database: Database } => {
    const database = createDatabase({ url, applicationName: 'suite', poolMax: 4 });
    databases.push(database);
    return { database, log: createEmbeddedLog({ database, prefix: 'suite' }), probe: pgProbe(database) };
  };
  const own = open();
  const harness: MessagingHarness = {
    ...own,
    another: open,
    expireOwners: async () => {
      await own.database.query("update event_log.consumer_groups set until = '-infinity'");
    },
    age: async (ageMs) => {
      await own.database.query(
        "update event_log.records set appended_at = appended_at - $1 * interval '1 millisecond'",
        [ageMs],
      );
    },
    close: async () => {
      await Promise.all(databases.map((database) => database.close()));
      await drop();
    },
  };
  return { ...harness, url, asLog: () => ({ ...harness, another: () => open().log }) };
}
