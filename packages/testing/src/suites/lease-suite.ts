import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

/** The right to do what only one process should do at a time. */
interface SuiteLease {
  acquire(): Promise<boolean>;
  release(): Promise<void>;
}

/** An adapter of leases, on storage that nobody else uses. */
export interface LeaseHarness {
  readonly lease: (name: string, owner: string, ttlMs: number) => SuiteLease;
  readonly acquire: (names: readonly string[], owner: string, ttlMs: number) => Promise<readonly string[]>;
  readonly release: (names: readonly string[], owner: string) => Promise<void>;
  /** Lets every lease run out. */
  readonly expire: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const TTL_MS = 60_000;

/** What every adapter of leases must do. */
export function leaseSuite(adapter: string, make: () => Promise<LeaseHarness>): void {
  describe(`lease, ${adapter}`, () => {
    let made: LeaseHarness;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.close());

    it('belongs to one owner until it is given back or runs out', async () => {
      const [mine, yours] = [made.lease('work', 'me', TTL_MS), made.lease('work', 'you', TTL_MS)];
      expect(await mine.acquire()).toBe(true);
      expect(await yours.acquire()).toBe(false);
      expect(await mine.acquire()).toBe(true);
      await yours.release();
      expect(await yours.acquire()).toBe(false);
      await mine.release();
      expect(await yours.acquire()).toBe(true);
      await made.expire();
      expect(await mine.acquire()).toBe(true);
      expect(await yours.acquire()).toBe(false);
    });

    it('of one name says nothing about another', async () => {
      expect(await made.lease('one', 'me', TTL_MS).acquire()).toBe(true);
      expect(await made.lease('other', 'you', TTL_MS).acquire()).toBe(true);
    });

    it('asked for with others, is among those that were to be had, and given back alone', async () => {
      await made.acquire(['b'], 'you', TTL_MS);
      expect(await made.acquire(['c', 'b', 'a'], 'me', TTL_MS)).toEqual(['a', 'c']);
      expect(await made.acquire([], 'me', TTL_MS)).toEqual([]);
      await made.release(['a', 'b'], 'me');
      expect(await made.acquire(['a', 'b', 'c'], 'you', TTL_MS)).toEqual(['a', 'b']);
    });

    it('asked for by twenty at once, goes to one', async () => {
      const owners = Array.from({ length: 20 }, (_, index) => `owner ${String(index)}`);
      const taken = await Promise.all(owners.map((owner) => made.lease('work', owner, TTL_MS).acquire()));
      expect(taken.filter(Boolean)).toHaveLength(1);
    });
  });
}
