import { describe, expect, it } from '@jest/globals';
import type { IdempotencyClaim, IdempotencyStore } from '@rideshare/kernel';
import { createFingerprints } from './fingerprints.ts';
import { keyedIdempotencyStore } from './keyed-idempotency-store.ts';
import { createRefreshTokens } from './refresh-tokens.ts';

const SECRET = 'a secret of this test, thirty-two characters';

describe('createRefreshTokens', () => {
  const tokens = createRefreshTokens(SECRET);

  it('derives the same successor from the same token, in every process that has the secret', () => {
    const { token } = tokens.create();
    expect(tokens.successor(token)).toEqual(createRefreshTokens(SECRET).successor(token));
    expect(tokens.successor(token)).not.toEqual(createRefreshTokens(`${SECRET}!`).successor(token));
  });

  it('never gives a token twice, and stores it by a hash that does not contain it', () => {
    const first = tokens.create();
    const chain = [first, tokens.create(), tokens.successor(first.token)];
    chain.push(tokens.successor(chain[2]!.token));
    expect(new Set(chain.map(({ token }) => token)).size).toBe(4);
    for (const { token, hash } of chain) {
      expect(token).toMatch(/^rrt_[\w-]{43}$/);
      expect(hash).toBe(tokens.hash(token));
      expect(hash).not.toContain(token.slice(4));
    }
  });
});

describe('createFingerprints', () => {
  const fingerprints = createFingerprints(SECRET);

  it('of one e-mail address in another case, is the same; under another secret, another', () => {
    expect(fingerprints.email('Rita@Example.com')).toBe(fingerprints.email('rita@example.com'));
    expect(fingerprints.email('rita@example.com')).not.toBe(createFingerprints('other').email('rita@example.com'));
  });

  it('of one text for two purposes, differs', () => {
    expect(fingerprints.email('a')).not.toBe(fingerprints.address('a'));
  });

  it('of a client, tells its address from its user agent', () => {
    expect(fingerprints.client({ addressBlock: 'ab', userAgent: 'c' })).not.toBe(
      fingerprints.client({ addressBlock: 'a', userAgent: 'bc' }),
    );
  });
});

describe('keyedIdempotencyStore', () => {
  it('hands the payload hash on as a digest, and everything else as it is', async () => {
    const seen: unknown[][] = [];
    const claim: IdempotencyClaim = { outcome: 'mismatch' };
    const inner: IdempotencyStore = {
      begin: async (...args) => (seen.push(args), claim),
      finish: async (...args) => (seen.push(args), true),
      reset: async (...args) => void seen.push(args),
    };
    const store = keyedIdempotencyStore(inner, SECRET);
    const scope = { principal: 'p', route: 'r', key: 'k' };
    const fresh = { seed: 's', at: new Date(0) };
    await expect(store.begin(scope, 'hash', fresh, 10)).resolves.toBe(claim);
    await store.begin(scope, 'hash', fresh, 10);
    await store.finish(scope, 'token', { status: 201, headers: {}, body: null });
    await store.reset(scope, 'token', { forget: true });
    expect(seen[0]).toEqual([scope, expect.stringMatching(/^[\w-]{43}$/), fresh, 10]);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual([scope, 'token', { status: 201, headers: {}, body: null }]);
    expect(seen[3]).toEqual([scope, 'token', { forget: true }]);
  });
});
