import { acquireLeases, createDatabase, createLease, releaseLeases } from '@rideshare/postgres';
import { createTestDatabase, leaseSuite } from '@rideshare/testing';

leaseSuite('PostgreSQL', async () => {
  const { url, drop } = await createTestDatabase({ migrate: { schema: 'app' } });
  const database = createDatabase({ url, applicationName: 'suite' });
  return {
    lease: (name, owner, ttlMs) => createLease(database, name, owner, ttlMs),
    acquire: (names, owner, ttlMs) => acquireLeases(database, names, owner, ttlMs),
    release: (names, owner) => releaseLeases(database, names, owner),
    expire: async () => {
      await database.query("update leases set until = '-infinity'");
    },
    close: async () => {
      await database.close();
      await drop();
    },
  };
});
