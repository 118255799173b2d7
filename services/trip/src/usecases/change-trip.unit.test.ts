import { beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { after, commands, idOf, START, tripFacts } from '../../test/support/builders.ts';
import { sealedOperation } from '../../test/support/operations.ts';
import { useCaseDeps } from '../../test/support/use-case-deps.ts';
import type { UseCaseDeps } from '../../test/support/use-case-deps.ts';
import type { TripCommand } from '../domain/decide.ts';
import { fold } from '../domain/evolve.ts';
import type { TripState } from '../domain/trip.ts';
import { acceptTrip } from './accept-trip.ts';
import { assignTrip } from './assign-trip.ts';
import { changeTrip, changeTripOrThrow } from './change-trip.ts';
import { cancelBySystem, cancelTripOfRider } from './end-trip.ts';
import { sweepDeadlines } from './sweep-deadlines.ts';
import type { TripStore } from './ports.ts';

const tripId = idOf('trip');
const offer = { driverId: idOf('driver'), tripId, offerId: idOf('offer') };
const same = (state: TripState): TripState => state;
let deps: UseCaseDeps;

async function waitingTrip(): Promise<void> {
  const operation = sealedOperation<TripState>('request');
  const facts = tripFacts();
  const event = { type: 'requested', at: START, facts } as const;
  await deps.trips.create(operation, { eventId: operation.id('e'), event, to: fold([event])! });
}

async function offered(): Promise<number> {
  deps.slots.goAvailable(offer.driverId);
  const facts = tripFacts();
  const [verdict] = await deps.slots.reserve([
    { ...offer, ...facts, ttlMs: 15_000, earnings: facts.fare, pickupEtaS: 120 },
  ]);
  return verdict?.outcome === 'reserved' ? verdict.epoch : 0;
}

const status = async (): Promise<string | undefined> => (await deps.trips.read(tripId))?.status;

beforeEach(async () => {
  deps = useCaseDeps();
  await waitingTrip();
});

/** A store that answers the first steps by itself. */
function stepping(...answers: (Awaited<ReturnType<TripStore['step']>> | Error | (() => Promise<void>))[]): TripStore {
  return {
    ...deps.trips,
    async step(operation, step) {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      if (typeof answer === 'string') return answer;
      await answer?.();
      return deps.trips.step(operation, step);
    },
  };
}

describe('changeTrip', () => {
  const cancel = (by: 'rider' | 'system' = 'rider') => ({
    tripId,
    command: (): TripCommand => ({ type: 'cancel', at: after(1_000), by }),
    result: same,
  });

  it('seals the operation with the result it was given', async () => {
    const operation = sealedOperation<string>('cancel');
    const outcome = await changeTrip(deps, operation, { ...cancel(), result: (state) => state.status });
    expect(outcome).toMatchObject({ outcome: 'changed', state: { status: 'cancelled', version: 2 } });
    expect(operation.sealed).toEqual(['cancelled']);
    expect(deps.signals.heard).toContainEqual(['tripChanged', expect.objectContaining({ version: 2 }), 'requested']);
  });

  it('decides again on the new state when somebody else was faster', async () => {
    const faster = async (): Promise<void> => {
      await changeTripOrThrow({ ...deps, trips: deps.trips }, sealedOperation('faster'), {
        tripId,
        command: () => commands.accept(),
        result: same,
      });
    };
    const outcome = await changeTrip({ ...deps, trips: stepping(faster) }, sealedOperation('cancel'), cancel());
    expect(outcome).toMatchObject({ outcome: 'changed', state: { version: 3, from: 'accepted' } });
  });

  it('gives up after three tries, and says so', async () => {
    const trips = stepping('moved', 'moved', 'moved');
    await expect(changeTrip({ ...deps, trips }, sealedOperation('c'), cancel())).rejects.toMatchObject({
      code: 'TRIP_CONTENDED',
      kind: 'unavailable',
    });
    expect(await status()).toBe('requested');
  });

  it('passes on that the outcome is unknown, and finds it done when it is repeated', async () => {
    const lost = new AppError('COMMIT_AMBIGUOUS', 'unavailable', 'lost');
    const operation = sealedOperation<TripState>('cancel');
    await expect(changeTrip({ ...deps, trips: stepping(lost) }, operation, cancel())).rejects.toBe(lost);
    await changeTrip(deps, operation, cancel());
    expect(await changeTrip(deps, operation, cancel())).toMatchObject({ outcome: 'unchanged' });
    expect(await deps.eventsOf(tripId)).toHaveLength(2);
  });

  it('refuses a version that the trip has left behind', async () => {
    await changeTrip(deps, sealedOperation('a'), { tripId, command: () => commands.accept(), result: same });
    expect(await changeTrip(deps, sealedOperation('c'), { ...cancel(), version: 1 })).toEqual({
      outcome: 'refused',
      code: 'TRIP_VERSION_CONFLICT',
    });
    expect(await status()).toBe('accepted');
  });

  it('refuses a version that the trip never had, unless the effect is there', async () => {
    const versioned = { ...cancel(), version: 7 };
    expect(await changeTrip(deps, sealedOperation('c'), versioned)).toEqual({
      outcome: 'refused',
      code: 'TRIP_VERSION_CONFLICT',
    });
    await changeTrip(deps, sealedOperation('c'), cancel());
    expect(await changeTrip(deps, sealedOperation('d'), versioned)).toMatchObject({ outcome: 'unchanged' });
  });

  it('finds no trip that is not there', async () => {
    const nowhere = { ...cancel(), tripId: idOf('trip', 9) };
    await expect(changeTripOrThrow(deps, sealedOperation('c'), nowhere)).rejects.toMatchObject({
      code: 'TRIP_NOT_FOUND',
    });
  });
});

describe('acceptTrip', () => {
  const accept = (more: object = {}, trips: TripStore = deps.trips) =>
    acceptTrip({ ...deps, trips }, sealedOperation<TripState>('accept'), { ...offer, ...more }, same);

  it('confirms the slot and gives the driver the way that dispatch had estimated', async () => {
    await deps.records.planOffers([{ ...offer, pickupEtaS: 120, madeAt: START }]);
    const epoch = await offered();
    expect(await accept()).toMatchObject({
      status: 'accepted',
      assignment: { slotEpoch: epoch + 1, arriveBy: after(120_000 + 1_800_000) },
    });
    expect(deps.slots.slot(offer.driverId).state).toBe('assigned');
  });

  it('is refused where the slot refuses, and leaves the trip alone', async () => {
    await expect(accept()).rejects.toMatchObject({ code: 'OFFER_NOT_AVAILABLE' });
    expect(await status()).toBe('requested');
  });

  it.each(['before', 'after'] as const)(
    'releases nothing when the slot’s answer is lost (%s its effect)',
    async (how) => {
      await offered();
      deps.slots.fail('confirm', how);
      await expect(accept()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(deps.slots.released).toEqual([]);
      expect(await accept()).toMatchObject({ status: 'accepted' });
    },
  );

  it('releases nothing when the trip’s answer is lost', async () => {
    await offered();
    const lost = new AppError('COMMIT_AMBIGUOUS', 'unavailable', 'lost');
    await expect(accept({}, stepping(lost))).rejects.toBe(lost);
    expect(deps.slots.released).toEqual([]);
    expect(deps.slots.slot(offer.driverId).state).toBe('assigned');
  });

  it('releases nothing while the driver stands on another trip', async () => {
    await offered();
    await expect(accept({}, stepping('driver_busy'))).rejects.toMatchObject({ code: 'ASSIGNMENT_BLOCKED' });
    expect(deps.slots.released).toEqual([]);
  });

  it('releases the slot of a trip that has ended meanwhile', async () => {
    await offered();
    await cancelBySystem(deps, sealedOperation('gone'), tripId, 'payment_failed');
    await expect(accept()).rejects.toMatchObject({ code: 'OFFER_NOT_AVAILABLE' });
    expect(deps.slots.released).toEqual([offer.driverId]);
  });

  it('refuses even when the release gets no answer, and reports one that was refused', async () => {
    await offered();
    await cancelBySystem(deps, sealedOperation('gone'), tripId, 'payment_failed');
    deps.slots.fail('release', 'before');
    await expect(accept()).rejects.toMatchObject({ code: 'OFFER_NOT_AVAILABLE' });
    deps.slots.fail('release', 'definitively');
    await expect(accept()).rejects.toMatchObject({ code: 'BROKEN' });
  });

  it('looks at the version before it touches the slot', async () => {
    await offered();
    await expect(accept({ version: 2 })).rejects.toMatchObject({ code: 'TRIP_VERSION_CONFLICT' });
    expect(deps.slots.slot(offer.driverId).state).toBe('offered');
    expect(await accept({ version: 1 })).toMatchObject({ version: 2 });
    expect(await accept({ version: 1 })).toMatchObject({ version: 2 });
  });
});

describe('assignTrip', () => {
  const assign = (more: object = {}) =>
    assignTrip(deps, sealedOperation<TripState>('assign'), { ...offer, epoch: 2, ...more }, same);

  it('holds a trip that waits, again and again, and refuses every other offer for good', async () => {
    expect(await assign()).toMatchObject({ outcome: 'held', state: { version: 2 } });
    expect(await assign()).toMatchObject({ outcome: 'held', state: { version: 2 } });
    expect(await assign({ offerId: idOf('offer', 2) })).toEqual({ outcome: 'refused' });
    expect(await assign({ tripId: idOf('trip', 9) })).toEqual({ outcome: 'refused' });
  });
});

describe('cancelBySystem and cancelTripOfRider', () => {
  it('cancel once, and never what is not there', async () => {
    expect(await cancelTripOfRider(deps, sealedOperation('one'), idOf('rider'))).toBe(true);
    expect(await cancelTripOfRider(deps, sealedOperation('two'), idOf('rider'))).toBe(false);
    expect(await cancelBySystem(deps, sealedOperation('three'), tripId, 'payment_failed')).toBe(false);
    expect(await cancelBySystem(deps, sealedOperation('four'), idOf('trip', 9), 'payment_failed')).toBe(false);
    expect(await deps.trips.read(tripId)).toMatchObject({ cancelledBy: 'system', reason: 'account_closed' });
  });
});

describe('sweepDeadlines', () => {
  it('ends what has run out and tells of each', async () => {
    expect(await sweepDeadlines(deps)).toBe(false);
    expect(await status()).toBe('requested');
    deps.clock.advance(135_000);
    await sweepDeadlines(deps);
    expect(await status()).toBe('expired');
    expect(deps.signals.heard).toContainEqual(['deadlineSwept', 'ended']);
    expect(deps.signals.heard).toContainEqual(['overdueRides', 0, []]);
  });

  it('goes on after a trip that cannot be ended now', async () => {
    deps.clock.advance(135_000);
    await sweepDeadlines({ ...deps, trips: stepping(new Error('broken')) });
    expect(deps.signals.heard).toContainEqual(['deadlineSwept', 'failed']);
    await sweepDeadlines(deps);
    expect(await status()).toBe('expired');
  });
});
