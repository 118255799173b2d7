import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashOf, partitionOf } from './partition.ts';

describe('partitionOf', () => {
  it('gives the partitions that rows were stored under', () => {
    const keys = ['', 'a', 'b', '019c0000-0000-7000-8000-000000000001', 'São João'];
    expect(keys.map((key) => hashOf(key))).toEqual([2166103257, 3826044192, 3876375273, 1586485037, 4231028347]);
  });

  it('is always the same for a key, and always one of the partitions', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
        const partition = partitionOf(key, partitions);
        expect(partition).toBe(partitionOf(key, partitions));
        expect(partition).toBeGreaterThanOrEqual(0);
        expect(partition).toBeLessThan(partitions);
      }),
    );
  });

  it('spreads ids that differ in their last digits', () => {
    const counts = [0, 0, 0, 0];
    for (let index = 0; index < 4_000; index += 1) {
      const partition = partitionOf(`019c0000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`, 4);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
