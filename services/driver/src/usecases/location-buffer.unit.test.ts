import { describe, expect, it } from '@jest/globals';
import { flushPositions } from './flush-positions.ts';
import { createLocationBuffer } from './location-buffer.ts';
import type { PositionUpdate, SavedPosition } from './ports.ts';

const now = new Date('2026-06-01T12:00:00.000Z');
const clock = { now: () => now };
const update = (driverId: string, offsetMs = 0): PositionUpdate => ({
  driverId,
  point: { lat: 41.15, lng: -8.61 },
  recordedAt: new Date(+now + offsetMs),
  headingDeg: null,
  speedMps: null,
  accuracyM: null,
});
const saved = (each: PositionUpdate): SavedPosition => ({
  ...each,
  state: 'available',
  tripId: null,
  vehicleClass: 'economy',
});

describe('a location buffer', () => {
  it('keeps one position a driver, the last that was put', () => {
    const buffer = createLocationBuffer();
    buffer.put(update('a', 1));
    buffer.put(update('a', 2));
    buffer.put(update('b', 1));
    expect(buffer.take(1)).toEqual([update('a', 2)]);
    expect(buffer.take(10)).toEqual([update('b', 1)]);
    expect(buffer.take(10)).toEqual([]);
    expect(buffer.lastSeen('a')).toEqual(update('a', 2).recordedAt);
  });

  it('given back what could not be written, prefers what came since', () => {
    const buffer = createLocationBuffer();
    buffer.put(update('a', 1));
    buffer.put(update('b', 1));
    const taken = buffer.take(10);
    buffer.put(update('a', 2));
    buffer.putBack(taken);
    expect(buffer.take(10)).toEqual([update('a', 2), update('b', 1)]);
  });

  it('learning from the store, does not forget a faster report', () => {
    const buffer = createLocationBuffer();
    expect(buffer.lastSeen('a')).toBeUndefined();
    buffer.learn('a', null);
    expect(buffer.lastSeen('a')).toBeNull();
    buffer.put(update('a', 5));
    buffer.learn('a', new Date(0));
    expect(buffer.lastSeen('a')).toEqual(update('a', 5).recordedAt);
  });

  it('forgets who was not seen for long, but nothing that waits to be written', () => {
    const buffer = createLocationBuffer();
    buffer.learn('never', null);
    buffer.learn('old', new Date(0));
    buffer.put(update('waiting', -900_000));
    buffer.forget(new Date(+now - 600_000));
    expect([buffer.lastSeen('never'), buffer.lastSeen('old')]).toEqual([undefined, undefined]);
    expect(buffer.lastSeen('waiting')).toBeDefined();
  });
});

describe('flushPositions', () => {
  it('publishes what was written, and only that', async () => {
    const buffer = createLocationBuffer();
    buffer.put(update('a'));
    buffer.put(update('b'));
    const published: SavedPosition[] = [];
    const publisher = { publish: async (all: readonly SavedPosition[]) => void published.push(...all) };
    const positions = { save: async (all: readonly PositionUpdate[]) => all.slice(1).map(saved) };
    expect(await flushPositions({ buffer, positions, publisher, clock })).toBe(false);
    expect(published).toEqual([saved(update('b'))]);
    expect(await flushPositions({ buffer, positions, publisher, clock })).toBe(false);
    expect(published).toHaveLength(1);
  });

  it('that fails to write, loses nothing', async () => {
    const buffer = createLocationBuffer();
    buffer.put(update('a'));
    const publisher = { publish: () => Promise.reject(new Error('never called')) };
    const positions = { save: () => Promise.reject(new Error('no database')) };
    await expect(flushPositions({ buffer, positions, publisher, clock })).rejects.toThrow('no database');
    expect(buffer.take(10)).toEqual([update('a')]);
  });

  it('with more than one statement may carry, says that there is more', async () => {
    const buffer = createLocationBuffer();
    for (let index = 0; index < 1_001; index += 1) buffer.put(update(`driver-${String(index)}`));
    const publisher = { publish: () => Promise.resolve() };
    const positions = { save: async (all: readonly PositionUpdate[]) => all.map(saved) };
    expect(await flushPositions({ buffer, positions, publisher, clock })).toBe(true);
    expect(await flushPositions({ buffer, positions, publisher, clock })).toBe(false);
  });
});
