import { describe, expect, it } from '@jest/globals';
import { foldProblems } from './trip-history.ts';
import type { HistoryEvent } from './trip-history.ts';

const DRIVER = 'driver-1';

function history(...types: readonly string[]): HistoryEvent[] {
  return types.map((type, index) => ({
    version: index + 1,
    type,
    driverId: type === 'accepted' ? DRIVER : null,
    by: type === 'cancelled' ? 'rider' : null,
  }));
}

const row = (status: string, version: number, driverId: string | null = null) => ({
  id: 't',
  status,
  version,
  driverId,
});
const ride = ['requested', 'accepted', 'arrived', 'started'];

describe('foldProblems', () => {
  it.each([
    ['a finished ride, rated by both', row('completed', 7, DRIVER), [...ride, 'completed', 'rated', 'rated']],
    ['a ride under way', row('in_progress', 4, DRIVER), ride],
    ['a wish that was withdrawn', row('cancelled', 2), ['requested', 'cancelled']],
    ['a search without success', row('expired', 2), ['requested', 'expired']],
  ])('passes %s', (_name, trip, types) => {
    expect(foldProblems(trip, history(...types))).toEqual([]);
  });

  it.each([
    [
      'a step that is not allowed',
      row('completed', 3, DRIVER),
      ['requested', 'accepted', 'completed'],
      'completed at version 3 is not allowed from accepted',
    ],
    [
      'a second acceptance',
      row('accepted', 3, DRIVER),
      ['requested', 'accepted', 'accepted'],
      'accepted at version 3 is not allowed from accepted',
    ],
    [
      'a life after the end',
      row('accepted', 3, DRIVER),
      ['requested', 'expired', 'accepted'],
      'accepted at version 3 is not allowed from expired',
    ],
    [
      'an event that nobody knows',
      row('requested', 2),
      ['requested', 'teleported'],
      'teleported at version 2 is not allowed from requested',
    ],
    ['a row that is ahead of its events', row('requested', 2), ['requested'], 'the row has version 2, its events 1'],
    ['a row in another state', row('expired', 1), ['requested'], 'the row is expired, its events say requested'],
    [
      'another driver',
      row('accepted', 2, 'driver-2'),
      ['requested', 'accepted'],
      'the row and its events name different drivers',
    ],
    ['no events at all', row('requested', 1), [], 'the row is requested, its events say none'],
  ])('finds %s', (_name, trip, types, problem) => {
    expect(foldProblems(trip, history(...types))).toContain(problem);
  });

  it('finds a gap', () => {
    const events = history('requested', 'accepted').map((event) => ({ ...event, version: event.version * 2 - 1 }));
    expect(foldProblems(row('accepted', 2, DRIVER), events)).toEqual(['version 2 is missing']);
  });

  it.each([
    ['admin', []],
    ['rider', ['only an operator cancels a ride, not the rider']],
    [null, ['only an operator cancels a ride, not the unknown']],
  ])('judges a cancellation during the ride by %p', (by, problems) => {
    const events = [...history(...ride), { version: 5, type: 'cancelled', driverId: null, by }];
    expect(foldProblems(row('cancelled', 5, DRIVER), events)).toEqual(problems);
  });
});
