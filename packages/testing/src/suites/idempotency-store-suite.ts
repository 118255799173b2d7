import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { IdempotencyClaim, IdempotencyStore, Transaction } from '@rideshare/kernel';
import { eventually } from './eventually.ts';

/** An adapter of the idempotency store, on storage that nobody else uses. */
export interface IdempotencyStoreHarness {
  readonly store: IdempotencyStore;
  /** Runs `work` in a transaction that is rolled back when it fails; undefined where the store has none. */
  readonly transaction?: (work: (transaction: Transaction) => Promise<void>) => Promise<void>;
  readonly close: () => Promise<void>;
}

type Started = Extract<IdempotencyClaim, { readonly outcome: 'started' }>;

const SCOPE = { principal: 'user:1', route: 'POST /api/trips', key: 'k-1' };
const FIRST = { seed: 'first', at: new Date('2026-03-01T12:00:00.000Z') };
const SECOND = { seed: 'second', at: new Date('2026-03-01T12:05:00.000Z') };
const ANSWER = { status: 201, headers: { location: '/api/trips/1' }, body: { id: '1', fare: { amount: 1_250 } } };
const LONG_MS = 60_000;

async function start(store: IdempotencyStore, leaseMs = LONG_MS): Promise<Started> {
  const claim = await store.begin(SCOPE, 'hash', FIRST, leaseMs);
  if (claim.outcome !== 'started') throw new Error(`the key was not free: ${claim.outcome}`);
  return claim;
}

/** Begins again and again until the lease of the holder is over. */
function takeOver(store: IdempotencyStore): Promise<Started> {
  return eventually(async () => {
    const claim = await store.begin(SCOPE, 'hash', SECOND, LONG_MS);
    return claim.outcome === 'started' ? claim : undefined;
  });
}

function claims(store: () => IdempotencyStore): void {
  it('begin, on a new key, starts with the recovery point it was given', async () => {
    expect(await start(store())).toMatchObject({ outcome: 'started', resumed: false, recovery: FIRST });
  });

  it('begin, while another holds the key, says for how long', async () => {
    await start(store());
    const claim = await store().begin(SCOPE, 'hash', SECOND, LONG_MS);
    expect(claim.outcome).toBe('in_progress');
    const { retryAfterS } = claim as Extract<IdempotencyClaim, { readonly outcome: 'in_progress' }>;
    expect(retryAfterS).toBeGreaterThan(0);
    expect(retryAfterS).toBeLessThanOrEqual(LONG_MS / 1_000);
  });

  it('begin, with another payload, is a mismatch, whether the first is running or done', async () => {
    const { token } = await start(store());
    expect(await store().begin(SCOPE, 'other', SECOND, LONG_MS)).toEqual({ outcome: 'mismatch' });
    await store().finish(SCOPE, token, ANSWER);
    expect(await store().begin(SCOPE, 'other', SECOND, LONG_MS)).toEqual({ outcome: 'mismatch' });
  });

  it('begin, with another payload, is a mismatch, though the holder of the key has given it back', async () => {
    const { token } = await start(store());
    await store().reset(SCOPE, token);
    expect(await store().begin(SCOPE, 'other', SECOND, LONG_MS)).toEqual({ outcome: 'mismatch' });
    expect(await store().begin(SCOPE, 'hash', SECOND, LONG_MS)).toMatchObject({ outcome: 'started', recovery: FIRST });
  });

  it('begin, twenty times at once on one key, starts once', async () => {
    const attempts = Array.from({ length: 20 }, () => store().begin(SCOPE, 'hash', FIRST, LONG_MS));
    const outcomes = (await Promise.all(attempts)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'started')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'in_progress')).toHaveLength(19);
  });

  it('begin, with the key of another principal or route, starts anew', async () => {
    await start(store());
    for (const scope of [
      { ...SCOPE, principal: 'user:2' },
      { ...SCOPE, route: 'POST /api/payments' },
    ]) {
      expect(await store().begin(scope, 'hash', SECOND, LONG_MS)).toMatchObject({ outcome: 'started', resumed: false });
    }
  });
}

function answers(store: () => IdempotencyStore): void {
  it('finish, with the token, makes every later begin a replay', async () => {
    const { token } = await start(store());
    expect(await store().finish(SCOPE, token, ANSWER)).toBe(true);
    for (let time = 0; time < 2; time += 1) {
      expect(await store().begin(SCOPE, 'hash', SECOND, LONG_MS)).toEqual({ outcome: 'replay', response: ANSWER });
    }
  });

  it('finish, twice with one token, counts once', async () => {
    const { token } = await start(store());
    expect(await store().finish(SCOPE, token, ANSWER)).toBe(true);
    expect(await store().finish(SCOPE, token, { ...ANSWER, status: 200 })).toBe(false);
    expect(await store().begin(SCOPE, 'hash', SECOND, LONG_MS)).toMatchObject({ response: { status: 201 } });
  });

  it('begin, after the lease of a crashed holder, resumes from its recovery point with a new token', async () => {
    const crashed = await start(store(), 1);
    const resumed = await takeOver(store());
    expect(resumed).toMatchObject({ resumed: true, recovery: FIRST });
    expect(resumed.token).not.toBe(crashed.token);
    expect(await store().finish(SCOPE, crashed.token, ANSWER)).toBe(false);
    expect(await store().finish(SCOPE, resumed.token, ANSWER)).toBe(true);
  });

  it('reset, with the token, gives the key back and keeps the recovery point', async () => {
    const { token } = await start(store());
    await store().reset(SCOPE, token);
    expect(await store().begin(SCOPE, 'hash', SECOND, LONG_MS)).toMatchObject({ resumed: true, recovery: FIRST });
  });

  it('reset, asked to forget, leaves nothing of the key', async () => {
    const { token } = await start(store());
    await store().reset(SCOPE, token, { forget: true });
    expect(await store().begin(SCOPE, 'other', SECOND, LONG_MS)).toMatchObject({ resumed: false, recovery: SECOND });
  });

  it('reset, by a holder that was replaced or has finished, changes nothing', async () => {
    const crashed = await start(store(), 1);
    const { token } = await takeOver(store());
    await store().reset(SCOPE, crashed.token, { forget: true });
    expect(await store().begin(SCOPE, 'hash', SECOND, LONG_MS)).toMatchObject({ outcome: 'in_progress' });
    await store().finish(SCOPE, token, ANSWER);
    await store().reset(SCOPE, token, { forget: true });
    expect(await store().begin(SCOPE, 'hash', SECOND, LONG_MS)).toMatchObject({ outcome: 'replay' });
  });
}

function transactions(harness: () => IdempotencyStoreHarness): void {
  it('finish, in a transaction that is rolled back, has not happened; in one that commits, it has', async () => {
    const { store, transaction } = harness();
    if (!transaction) return; // this store has none: its answer is kept by a compare-and-set of its own
    const { token } = await start(store);
    const lost = transaction(async (tx) => {
      expect(await store.finish(SCOPE, token, ANSWER, tx)).toBe(true);
      throw new Error('the effect failed');
    });
    await expect(lost).rejects.toThrow('the effect failed');
    expect(await store.begin(SCOPE, 'hash', SECOND, LONG_MS)).toMatchObject({ outcome: 'in_progress' });
    await transaction(async (tx) => {
      await store.finish(SCOPE, token, ANSWER, tx);
    });
    expect(await store.begin(SCOPE, 'hash', SECOND, LONG_MS)).toMatchObject({ outcome: 'replay' });
  });
}

/** What every adapter of the idempotency store must do. */
export function idempotencyStoreSuite(adapter: string, make: () => Promise<IdempotencyStoreHarness>): void {
  describe(`idempotency store, ${adapter}`, () => {
    let made: IdempotencyStoreHarness;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.close());
    describe('claims', () => claims(() => made.store));
    describe('answers', () => answers(() => made.store));
    describe('transactions', () => transactions(() => made));
  });
}
