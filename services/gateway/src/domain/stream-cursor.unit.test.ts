import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatStreamCursor, hasSeen, parseStreamCursor } from './stream-cursor.ts';

const cursors = fc
  .array(
    fc.tuple(
      fc.constantFrom('t', 'd', 'l', 'n'),
      fc.nat(999),
      fc.nat(Number.MAX_SAFE_INTEGER).map((n) => n % 36 ** 10),
    ),
    { minLength: 1, maxLength: 24 },
  )
  .map((lanes) => new Map(lanes.map(([letter, partition, offset]) => [`${letter}${String(partition)}`, offset])));

describe('a stream cursor', () => {
  it('as text and back, is the same', () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        expect(parseStreamCursor(formatStreamCursor(cursor))).toEqual(cursor);
      }),
    );
  });

  it('from any other text, is nothing or a cursor that writes the same', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const cursor = parseStreamCursor(text);
        expect(cursor === undefined || cursor.size > 0).toBe(true);
      }),
    );
  });

  it.each(['', 't', 't0', 't0.', '0.1', 't0.1-', 't0.1 ', 't0.G', 'x'.repeat(3_000)])('refuses %p', (text) => {
    expect(parseStreamCursor(text)).toBeUndefined();
  });

  it('has seen what is at or before its place, and nothing of a lane it does not name', () => {
    const cursor = new Map([['t0', 5]]);
    expect(hasSeen(cursor, { lane: 't0', offset: 5 })).toBe(true);
    expect(hasSeen(cursor, { lane: 't0', offset: 6 })).toBe(false);
    expect(hasSeen(cursor, { lane: 't1', offset: 0 })).toBe(false);
  });
});
