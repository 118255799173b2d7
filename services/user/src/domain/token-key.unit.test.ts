import { describe, expect, it } from '@jest/globals';
import { signingKey } from './token-key.ts';
import type { TokenKeyPeriod } from './token-key.ts';

const now = new Date('2026-03-01T12:00:00Z');
const key = (kid: string, status: TokenKeyPeriod['status'], notBefore?: string): TokenKeyPeriod => ({
  kid,
  status,
  notBefore: notBefore === undefined ? undefined : new Date(notBefore),
});

describe('signingKey', () => {
  it('with several active keys, is the newest that has begun', () => {
    const keys = [
      key('old', 'active'),
      key('current', 'active', '2026-03-01T00:00:00Z'),
      key('coming', 'active', '2026-03-02T00:00:00Z'),
    ];
    expect(signingKey(keys, now)?.kid).toBe('current');
    expect(signingKey(keys, new Date('2026-03-02T00:00:00Z'))?.kid).toBe('coming');
  });

  it('with two that began together, is the later in the file', () => {
    expect(signingKey([key('a', 'active'), key('b', 'active')], now)?.kid).toBe('b');
  });

  it('with none but retired and next keys, is none', () => {
    expect(signingKey([key('a', 'retired'), key('b', 'next')], now)).toBeUndefined();
  });
});
