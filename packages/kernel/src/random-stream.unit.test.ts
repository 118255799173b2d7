import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { randomStream } from './random-stream.ts';
import type { RandomStream } from './random-stream.ts';

const draw = (stream: RandomStream, count: number) => Array.from({ length: count }, () => stream.next());
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const DRAWS = 20_000;

describe('randomStream', () => {
  it('draws the same again for the same seed and names', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.nat(), (seed, name, index) => {
        expect(draw(randomStream(seed, name, index), 5)).toEqual(draw(randomStream(seed, name, index), 5));
      }),
    );
  });

  it('draws something else for another seed, another name and another index', () => {
    const streams = [
      randomStream(1, 'a', 1),
      randomStream(2, 'a', 1),
      randomStream(1, 'b', 1),
      randomStream(1, 'a', 2),
    ];
    expect(new Set(streams.map((stream) => stream.next())).size).toBe(streams.length);
  });

  it('stays within bounds, and uses all of them', () => {
    const stream = randomStream(7, 'bounds');
    const values = draw(stream, DRAWS);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(mean(values)).toBeCloseTo(0.5, 1);
    const dice = Array.from({ length: DRAWS }, () => stream.integer(6));
    expect(new Set(dice)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    expect(Math.min(...Array.from({ length: 100 }, () => stream.between(5, 9)))).toBeGreaterThanOrEqual(5);
  });

  it('takes chances as often as it is told', () => {
    const stream = randomStream(7, 'chances');
    const taken = Array.from({ length: DRAWS }, () => stream.chance(0.3)).filter(Boolean).length;
    expect(taken / DRAWS).toBeCloseTo(0.3, 1);
    expect(stream.chance(0)).toBe(false);
    expect(stream.chance(1)).toBe(true);
  });

  it('is about normal where it is asked to be', () => {
    const stream = randomStream(7, 'normal');
    const values = Array.from({ length: DRAWS }, () => stream.normal());
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(Math.sqrt(mean(values.map((value) => value * value)))).toBeCloseTo(1, 1);
  });
});
