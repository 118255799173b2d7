import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@rideshare/kernel/system';
import { fakeClock, idempotencyStoreSuite } from '@rideshare/testing';
import { createIdempotencyStore, createMemoryServer, purgeIdempotencyKeys } from '../src/index.ts';

idempotencyStoreSuite('in memory, with its service', () => {
  const database = createMemoryServer({ clock: systemClock }).connect();
  return Promise.resolve({
    store: createIdempotencyStore(database),
    transaction: (work) => database.transaction(work),
    close: () => Promise.resolve(),
  });
});

describe('purgeIdempotencyKeys', () => {
  it('forgets what is older than the bound, unless somebody works on it', async () => {
    const clock = fakeClock();
    const database = createMemoryServer({ clock }).connect();
    const store = createIdempotencyStore(database);
    const begin = (key: string, leaseMs = 1_000) =>
      store.begin({ principal: 'p', route: 'r', key }, 'h', { seed: key, at: clock.now() }, leaseMs);
    const answer = async (key: string) => {
      const claim = await begin(key);
      const token = claim.outcome === 'started' ? claim.token : '';
      await store.finish({ principal: 'p', route: 'r', key }, token, { status: 200, headers: {}, body: {} });
    };
    await answer('old');
    await begin('held', 80 * 3_600_000);
    await begin('left');
    clock.advance(2 * 3_600_000);
    await answer('young');
    clock.advance(71 * 3_600_000);
    expect(await purgeIdempotencyKeys(database, 72)).toBe(2);
    const outcomes = await Promise.all(['old', 'held', 'left', 'young'].map((key) => begin(key)));
    expect(outcomes).toMatchObject([
      { outcome: 'started', resumed: false },
      { outcome: 'in_progress' },
      { outcome: 'started', resumed: false },
      { outcome: 'replay' },
    ]);
    expect(await purgeIdempotencyKeys(database, 72)).toBe(0);
    await expect(purgeIdempotencyKeys(database, 71)).rejects.toMatchObject({ code: 'ASSERTION_FAILED' });
  });
});
