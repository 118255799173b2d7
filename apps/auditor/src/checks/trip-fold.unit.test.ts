import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { at, cancelledRow, history, RIDE, tripRow } from '../../test/support/trip-file.ts';
import { foldProblems } from './trip-fold.ts';

const nobody = { driver_id: null, offer_id: null, slot_epoch: null, accepted_at: null, arrive_by: null };
const notRidden = { arrived_at: null, start_by: null, started_at: null, ride_by: null, completed_at: null };
const unpaid = { lines: null, total_amount: null };
const rating = { stars: 5, tags: [], comment: null };

describe('foldProblems', () => {
  it.each([
    ['a completed trip', tripRow(), history(...RIDE)],
    [
      'one rated by both',
      tripRow({ version: 7, changed_at: at(1_000), rider_rating: rating, driver_rating: rating }),
      history(...RIDE, 'rated', ['rated', { by: 'driver' }]),
    ],
    ['a cancelled one', cancelledRow(), history('requested', 'accepted', 'cancelled')],
    [
      'a request',
      tripRow({
        ...nobody,
        ...notRidden,
        ...unpaid,
        version: 1,
        status: 'requested',
        changed_at: at(0),
        due_at: at(135),
      }),
      history('requested'),
    ],
    [
      'an expired one, its times as the database gives them',
      tripRow({
        ...{ ...nobody, ...notRidden, ...unpaid, version: 2, status: 'expired' },
        ...{ changed_at: new Date('2026-03-01T12:02:20Z'), expired_at: new Date('2026-03-01T13:02:20+01:00') },
      }),
      history('requested', 'expired'),
    ],
  ])('passes %s', (_name, row, events) => {
    expect(foldProblems({ events, row })).toEqual([]);
  });

  it('finds every column that was changed behind the back of the events', () => {
    const columns = Object.keys(tripRow());
    fc.assert(
      fc.property(fc.constantFrom(...columns), (column) => {
        const row = tripRow({ [column]: 'something else' });
        expect(foldProblems({ events: history(...RIDE), row })).toEqual([
          expect.stringMatching(new RegExp(`^its ${column} is something else, its events say`)),
        ]);
      }),
    );
  });

  it('finds a row without events', () => {
    const problems = foldProblems({ events: [], row: tripRow() });
    expect(problems).toEqual(['its version is 5, its events say 0', 'its status is completed, its events say none']);
  });

  it('finds events without their facts', () => {
    expect(
      foldProblems({ events: history(['requested', { facts: undefined }]), row: tripRow() }).length,
    ).toBeGreaterThan(10);
  });
});
