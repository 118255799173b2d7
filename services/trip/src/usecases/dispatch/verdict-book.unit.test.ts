import { describe, expect, it } from '@jest/globals';
import { after, idOf, START } from '../../../test/support/builders.ts';
import { createVerdictBook } from './verdict-book.ts';

const tripId = idOf('trip');

function verdict(driver: number, gate = 'too_far', detail: Record<string, unknown> = { distanceM: 9_000 }) {
  return { tripId, driverId: idOf('driver', driver), gate, detail };
}

describe('the verdict book', () => {
  it('is written at once, then ever less often with what was added', () => {
    const book = createVerdictBook();
    book.note(verdict(1), START);
    expect(book.drain(START)).toEqual([{ ...verdict(1), times: 1, firstAt: START, lastAt: START }]);
    book.note(verdict(1, 'too_far', { distanceM: 8_000 }), after(1_000));
    book.note(verdict(1, 'too_far', { distanceM: 7_000 }), after(2_000));
    expect(book.drain(after(4_999))).toEqual([]);
    expect(book.drain(after(5_000))).toEqual([
      { ...verdict(1), detail: { distanceM: 7_000 }, times: 2, firstAt: START, lastAt: after(2_000) },
    ]);
    expect(book.drain(after(99_000))).toEqual([]);
    book.note(verdict(1), after(99_000));
    expect(book.drain(after(99_000))).toHaveLength(1);
    book.note(verdict(1), after(100_000));
    expect(book.drain(after(118_999))).toEqual([]);
    expect(book.drain(after(119_000))).toHaveLength(1);
  });

  it('writes no more at a time than one statement should hold', () => {
    const book = createVerdictBook();
    for (let trip = 0; trip < 100; trip += 1) {
      for (let driver = 1; driver <= 25; driver += 1)
        book.note({ ...verdict(driver), tripId: idOf('trip', trip) }, START);
    }
    expect(book.drain(START)).toHaveLength(2_000);
    expect(book.drain(START)).toHaveLength(500);
    expect(book.drain(START)).toEqual([]);
  });

  it('keeps a trip’s gates apart and counts the many drivers beyond twenty-five together', () => {
    const book = createVerdictBook();
    for (let driver = 1; driver <= 30; driver += 1) book.note(verdict(driver), START);
    book.note(verdict(1, 'stale_position'), START);
    const written = book.drain(START);
    expect(written).toHaveLength(27);
    expect(written.filter(({ driverId }) => driverId === null)).toEqual([
      { tripId, driverId: null, gate: 'too_far', detail: {}, times: 5, firstAt: START, lastAt: START },
    ]);
  });

  it('keeps of a crowd how many they were last, and how often', () => {
    const book = createVerdictBook();
    book.noteCrowd({ tripId, gate: 'not_available', drivers: 40 }, START);
    book.noteCrowd({ tripId, gate: 'not_available', drivers: 38 }, after(250));
    book.noteCrowd({ tripId, gate: 'stale_position', drivers: 1 }, after(250));
    const crowd = { tripId, driverId: null, lastAt: after(250) };
    expect(book.drain(after(250))).toEqual([
      { ...crowd, gate: 'not_available', detail: { drivers: 38 }, times: 2, firstAt: START },
      { ...crowd, gate: 'stale_position', detail: { drivers: 1 }, times: 1, firstAt: after(250) },
    ]);
  });

  it('writes the rest of a trip that left, and forgets it', () => {
    const book = createVerdictBook();
    book.note(verdict(1), START);
    book.drain(START);
    book.note(verdict(1), after(1_000));
    book.close(tripId);
    book.close(idOf('trip', 9));
    expect(book.drain(after(1_000))).toHaveLength(1);
    expect(book.drain(after(99_000))).toEqual([]);
  });
});
