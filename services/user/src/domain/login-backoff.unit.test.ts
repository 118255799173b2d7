import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BACKOFF_RULES, backoffS, waitAfter } from './login-backoff.ts';

describe('waitAfter', () => {
  it('for one account from one address, lets four mistakes pass and then doubles from 2 s to 5 min', () => {
    const waits = [1, 4, 5, 6, 7, 11, 12, 13, 1_000_000].map((failures) => waitAfter(failures, BACKOFF_RULES.pair));
    expect(waits).toEqual([0, 0, 2_000, 4_000, 8_000, 128_000, 256_000, 300_000, 300_000]);
  });

  it('for one account from everywhere, begins late and stays short', () => {
    expect(waitAfter(49, BACKOFF_RULES.account)).toBe(0);
    expect(waitAfter(50, BACKOFF_RULES.account)).toBe(1_000);
    expect(waitAfter(5_000, BACKOFF_RULES.account)).toBe(15_000);
  });

  it('with more failures, never gets shorter and never exceeds its bound', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.constantFrom('pair' as const, 'account' as const), (failures, scope) => {
        const rule = BACKOFF_RULES[scope];
        const wait = waitAfter(failures, rule);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(rule.maxMs);
        expect(waitAfter(failures + 1, rule)).toBeGreaterThanOrEqual(wait);
      }),
    );
  });
});

describe('backoffS', () => {
  const state = { waitMs: { pair: 1_200, account: 9_000 }, addressKnown: false };

  it('from an address that the account does not know, waits for the longest of the three counts', () => {
    expect(backoffS(state, 0)).toBe(9);
    expect(backoffS(state, 20_001)).toBe(21);
  });

  it('from an address that the account knows, waits for its own mistakes alone', () => {
    expect(backoffS({ ...state, addressKnown: true }, 20_001)).toBe(2);
    expect(backoffS({ waitMs: { pair: 0, account: 9_000 }, addressKnown: true }, 20_001)).toBe(0);
  });
});
