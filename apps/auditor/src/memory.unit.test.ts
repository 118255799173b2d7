import { describe, expect, it } from '@jest/globals';
import { NOTHING_KNOWN, remembering } from './memory.ts';

const heads = (...entries: readonly (readonly [string, number])[]) => ({ heads: new Map(entries), slots: new Map() });

describe('remembering', () => {
  it('keeps the last of each stream', () => {
    const after = remembering(heads(['a', 3], ['b', 1]), heads(['a', 4], ['b', 1], ['c', 9]));
    expect(Object.fromEntries(after.heads)).toEqual({ a: 4, b: 1, c: 9 });
    expect(remembering(heads(['a', 3]), heads(['a', 2])).heads.get('a')).toBe(3);
  });

  it('forgets the streams that have not changed for longest', () => {
    const after = remembering(heads(['a', 1], ['b', 1], ['c', 1]), heads(['a', 2]), 2);
    expect([...after.heads.keys()]).toEqual(['c', 'a']);
  });

  it('keeps the last state of each slot', () => {
    const slot = (epoch: number) => ({ epoch, state: 'available', tripId: null, offerId: null });
    const after = remembering(
      { ...NOTHING_KNOWN, slots: new Map([['d', slot(1)]]) },
      { ...NOTHING_KNOWN, slots: new Map([['d', slot(2)]]) },
    );
    expect(after.slots.get('d')).toEqual(slot(2));
  });
});
