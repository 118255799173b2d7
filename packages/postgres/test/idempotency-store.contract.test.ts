import { createDatabase, createIdempotencyStore } from '@rideshare/postgres';
import { createTestDatabase, idempotencyStoreSuite } from '@rideshare/testing';

idempotencyStoreSuite('PostgreSQL', async () => {
  const { url, drop } = await createTestDatabase({ migrate: { schema: 'app' } });
  const database = createDatabase({ url, applicationName: 'suite' });
  return {
    store: createIdempotencyStore(database),
    transaction: (work) => database.transaction(work),
    close: async () => {
      await database.close();
      await drop();
    },
  };
});
