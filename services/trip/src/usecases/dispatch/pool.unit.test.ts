import { beforeEach, describe, expect, it } from '@jest/globals';
import { after, idOf, tripFacts, tripIn } from '../../../test/support/builders.ts';
import type { TripState } from '../../domain/trip.ts';
import { createPool } from './pool.ts';
import type { OpenOffer, Pool } from './pool.ts';

function waiting(number: number): TripState {
  return tripIn('requested', tripFacts({ tripId: idOf('trip', number) }));
}

function offer(number: number, expiresAt = after(15_000)): OpenOffer {
  return { offerId: idOf('offer', number), driverId: idOf('driver', number), expiresAt };
}

const ref = (number: number) => ({ ...offer(number), tripId: idOf('trip', 1) });
const ids = (pool: Pool): string[] => pool.all().map(({ facts }) => facts.tripId);

describe('the pool', () => {
  let left: string[];
  let pool: Pool;

  beforeEach(() => {
    left = [];
    pool = createPool((tripId) => left.push(tripId));
    pool.requested(waiting(1));
  });

  it('takes each trip once and tells when it leaves', () => {
    pool.requested(waiting(1));
    expect(pool.size).toBe(1);
    pool.left(idOf('trip', 1));
    pool.left(idOf('trip', 1));
    expect(pool.size).toBe(0);
    expect(left).toEqual([idOf('trip', 1)]);
  });

  it('becomes what the rows say, but for what happened while they were read', () => {
    pool.requested(waiting(2));
    const sync = pool.beginSync();
    pool.requested(waiting(3)); // came after the rows were read
    pool.left(idOf('trip', 2)); // is still among the rows
    const waitingIds = [idOf('trip', 2), idOf('trip', 4)];
    expect(sync.missing(waitingIds)).toEqual(waitingIds);
    sync.finish(waitingIds, [waiting(2), waiting(4)], true);
    expect(ids(pool).toSorted()).toEqual([idOf('trip', 3), idOf('trip', 4)]);
    expect(left).toEqual([idOf('trip', 2), idOf('trip', 1)]);
  });

  it('loses nothing to a look that did not see all rows', () => {
    pool.beginSync().finish([idOf('trip', 2)], [waiting(2)], false);
    expect(ids(pool)).toEqual([idOf('trip', 1), idOf('trip', 2)]);
  });

  it('forgets everything when the lead is lost', () => {
    pool.clear();
    expect(pool.size).toBe(0);
    expect(left).toEqual([idOf('trip', 1)]);
  });

  it('knows the offer that is out, and of two the later one', () => {
    pool.offered(idOf('trip', 1), offer(1, after(20_000)));
    pool.offered(idOf('trip', 1), offer(2, after(15_000)));
    expect(pool.get(idOf('trip', 1))).toMatchObject({ offer: offer(1, after(20_000)), wasOffered: true });
    pool.offered(idOf('trip', 9), offer(1));
  });

  it('ends the offer that is out and no other', () => {
    pool.offered(idOf('trip', 1), offer(1));
    pool.offerEnded(ref(2), 'withdrawn', after(30_000));
    expect(pool.get(idOf('trip', 1))?.offer).not.toBeNull();
    pool.offerEnded(ref(1), 'ignored', after(30_000));
    expect(pool.get(idOf('trip', 1))).toMatchObject({
      offer: null,
      ignoredBy: new Map([[idOf('driver', 1), after(30_000)]]),
    });
  });

  it('remembers who declined, and does not believe a late word of their offer', () => {
    pool.offered(idOf('trip', 1), offer(1));
    pool.offerDeclined(ref(1));
    pool.offered(idOf('trip', 1), offer(1));
    expect(pool.get(idOf('trip', 1))?.offer).toBeNull();
    pool.offerEnded(ref(2), 'declined', after(0));
    expect(pool.get(idOf('trip', 1))?.declinedBy).toEqual(new Set([idOf('driver', 1), idOf('driver', 2)]));
    pool.offerDeclined({ ...ref(1), tripId: idOf('trip', 9) });
  });
});
