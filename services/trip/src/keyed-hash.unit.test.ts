import { describe, expect, it } from '@jest/globals';
import { Secret } from '@rideshare/config';
import { makeQuoteSeal, makeStartCodes } from './keyed-hash.ts';

describe('makeStartCodes', () => {
  const codes = makeStartCodes(new Secret('one secret'));

  it('gives a trip the same four digits every time', () => {
    expect(codes.of('trip')).toMatch(/^\d{4}$/);
    expect(codes.of('trip')).toBe(codes.of('trip'));
  });

  it('gives other trips and other secrets other codes', () => {
    const some = new Set(Array.from({ length: 200 }, (_, index) => codes.of(`trip ${String(index)}`)));
    expect(some.size).toBeGreaterThan(180);
    const other = makeStartCodes(new Secret('another secret'));
    const equal = [...some].filter(
      (_, index) => other.of(`trip ${String(index)}`) === codes.of(`trip ${String(index)}`),
    );
    expect(equal.length).toBeLessThan(5);
  });
});

describe('makeQuoteSeal', () => {
  const seal = makeQuoteSeal(new Secret('one secret'));

  it('believes its own signature of the same text alone', () => {
    const signature = seal.sign('text');
    expect(seal.verify('text', signature)).toBe(true);
    expect(seal.verify('texts', signature)).toBe(false);
    expect(seal.verify('text', `${signature}x`)).toBe(false);
    expect(seal.verify('text', '')).toBe(false);
    expect(makeQuoteSeal(new Secret('another')).verify('text', signature)).toBe(false);
  });
});
