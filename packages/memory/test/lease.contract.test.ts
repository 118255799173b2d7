import { fakeClock, leaseSuite } from '@rideshare/testing';
import { acquireLeases, createLease, createMemoryServer, releaseLeases } from '../src/index.ts';

leaseSuite('in memory', () => {
  const clock = fakeClock();
  const database = createMemoryServer({ clock }).connect();
  return Promise.resolve({
    lease: (name, owner, ttlMs) => createLease(database, name, owner, ttlMs),
    acquire: (names, owner, ttlMs) => acquireLeases(database, names, owner, ttlMs),
    release: (names, owner) => releaseLeases(database, names, owner),
    expire: () => {
      clock.advance(3_600_000);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});
