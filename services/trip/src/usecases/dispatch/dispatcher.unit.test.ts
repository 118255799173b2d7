import { beforeEach, describe, expect, it } from '@jest/globals';
import { after, idOf, START, tripFacts } from '../../../test/support/builders.ts';
import { sealedOperation } from '../../../test/support/operations.ts';
import { useCaseDeps } from '../../../test/support/use-case-deps.ts';
import type { UseCaseDeps } from '../../../test/support/use-case-deps.ts';
import { fold } from '../../domain/evolve.ts';
import type { TripFacts, TripState } from '../../domain/trip.ts';
import { createDispatcher } from './dispatcher.ts';
import type { Dispatcher } from './dispatcher.ts';
import { createEars } from './ears.ts';
import { createPool } from './pool.ts';

const PICKUP = { lat: 41.1496, lng: -8.6109 };
let deps: UseCaseDeps;
let dispatcher: Dispatcher;

async function waiting(number: number, changes: Partial<TripFacts> = {}): Promise<TripState> {
  const facts = tripFacts({ tripId: idOf('trip', number), riderId: idOf('rider', number), pickup: PICKUP, ...changes });
  const event = { type: 'requested', at: facts.requestedAt, facts } as const;
  const trip = fold([event])!;
  const operation = sealedOperation<TripState>(facts.tripId);
  await deps.trips.create(operation, { eventId: operation.id('e'), event, to: trip });
  return trip;
}

/** A free driver, some metres north of the pickup. */
function free(number: number, northM = 500): string {
  const driverId = idOf('driver', number);
  deps.slots.goAvailable(driverId);
  deps.fleet.slotChanged({
    driverId,
    vehicleClass: 'economy',
    state: 'available',
    epoch: deps.slots.slot(driverId).epoch,
    position: { point: { lat: PICKUP.lat + northM / 111_195, lng: PICKUP.lng }, recordedAt: now() },
  });
  return driverId;
}

const now = (): string => deps.clock.now().toISOString();
const heard = (name: string): unknown[][] => deps.signals.heard.filter(([signal]) => signal === name);
const offeredTrips = (): string[] => deps.slots.offers.map(({ tripId }) => tripId);
const window = async (laterMs = 250): Promise<void> => {
  deps.clock.advance(laterMs);
  await dispatcher.runWindow();
};

beforeEach(() => {
  deps = useCaseDeps();
  dispatcher = createDispatcher(deps);
  dispatcher.fleetIsKnown();
});

describe('the dispatcher, a window', () => {
  it('offers a trip that waits to the nearest free driver, with all that they are shown', async () => {
    const trip = await waiting(1);
    free(1, 2_000);
    const near = free(2, 500);
    await window();
    expect(deps.slots.offers).toEqual([
      {
        offerId: expect.any(String),
        tripId: trip.facts.tripId,
        driverId: near,
        riderId: trip.facts.riderId,
        ttlMs: 15_000,
        pickup: trip.facts.pickup,
        destination: trip.facts.destination,
        fare: trip.facts.fare,
        earnings: { amount: 384, currency: 'EUR' },
        pickupEtaS: 93,
      },
    ]);
    expect(heard('firstOffer')).toEqual([['firstOffer', 250]]);
    expect(deps.verdicts).toEqual([expect.objectContaining({ driverId: idOf('driver', 1), gate: 'lost_assignment' })]);
    const [offer] = deps.slots.offers;
    expect(await deps.records.findOffer(offer!.offerId)).toMatchObject({ pickupEtaS: 93, driverId: near });
    expect(deps.settled).toEqual([expect.objectContaining({ offerId: offer!.offerId, outcome: 'reserved' })]);
  });

  it('serves all who wait together, not each for themselves', async () => {
    await waiting(1);
    await waiting(2, { pickup: { lat: PICKUP.lat + 0.01, lng: PICKUP.lng } });
    free(1, 600);
    free(2, -700);
    await window();
    expect(new Set(offeredTrips())).toEqual(new Set([idOf('trip', 1), idOf('trip', 2)]));
    await window();
    expect(deps.slots.offers).toHaveLength(2);
  });

  it('says of busy drivers how many there were, and of the others who', async () => {
    await waiting(1);
    for (const number of [2, 3]) deps.fleet.reserved(free(number), 9);
    free(1, 4_500);
    await window();
    expect(deps.verdicts).toEqual([
      expect.objectContaining({ driverId: idOf('driver', 1), gate: 'too_far', times: 1 }),
      expect.objectContaining({ driverId: null, gate: 'not_available', times: 1, detail: { drivers: 2 } }),
    ]);
    expect(heard('verdicts').toSorted()).toEqual([
      ['verdicts', 'not_available', 2],
      ['verdicts', 'too_far', 1],
    ]);
  });

  it('does nothing before the fleet is known', async () => {
    await waiting(1);
    free(1);
    const early = createDispatcher(deps);
    await early.runWindow();
    expect(deps.slots.offers).toEqual([]);
  });

  it('looks farther the longer a trip waits', async () => {
    await waiting(1);
    free(1, 5_000);
    await window();
    expect(deps.slots.offers).toEqual([]);
    await window(10_000);
    expect(deps.slots.offers).toHaveLength(1);
  });

  it('makes no offer after the search, and expires it then', async () => {
    await waiting(1);
    await window(119_999);
    free(1);
    await window(1);
    expect(deps.slots.offers).toEqual([]);
    expect(await deps.trips.read(idOf('trip', 1))).toMatchObject({ status: 'expired' });
    expect(deps.pool.size).toBe(0);
  });

  it('does not expire a trip while somebody thinks about it', async () => {
    await waiting(1);
    await window(119_000);
    free(1);
    await window();
    expect(deps.slots.offers).toHaveLength(1);
    await window(14_000);
    expect((await deps.trips.read(idOf('trip', 1)))?.status).toBe('requested');
    await window(3_000);
    expect((await deps.trips.read(idOf('trip', 1)))?.status).toBe('expired');
  });

  it('forgets a trip that somebody else has ended', async () => {
    await waiting(1);
    await window();
    deps.pool.left(idOf('trip', 1));
    await window(1_000);
    expect(deps.pool.size).toBe(1);
    const gone = { ...deps.trips, read: () => Promise.resolve(undefined) };
    const blind = createDispatcher({ ...deps, trips: gone });
    blind.fleetIsKnown();
    deps.clock.advance(120_000);
    await blind.runWindow();
    expect(deps.pool.size).toBe(0);
  });
});

describe('the dispatcher, an offer that came to nothing', () => {
  it('asks the next driver after a decline, and the first never again', async () => {
    await waiting(1);
    const first = free(1);
    await window();
    const offer = deps.slots.openOffer(first)!;
    await deps.slots.decline(offer);
    deps.pool.offerDeclined(offer);
    const second = free(2, 900);
    free(1);
    await window();
    expect(deps.slots.offers.map(({ driverId }) => driverId)).toEqual([first, second]);
  });

  it('asks another after a silence, and the silent one only later', async () => {
    await waiting(1);
    const silent = free(1);
    await window();
    await window(16_500);
    deps.slots.expire(silent);
    free(1);
    await window();
    expect(deps.slots.offers).toHaveLength(1);
    await window(30_000);
    free(1);
    await window();
    expect(deps.slots.offers).toHaveLength(2);
  });

  it.each([
    ['declined_before', (driverId: string) => deps.slots.slot(driverId).declined.add(idOf('trip', 1))],
    ['not_available', (driverId: string) => (deps.slots.slot(driverId).state = 'offline')],
  ])('learns from a slot that says %s', async (reason, prepare) => {
    await waiting(1);
    prepare(free(1));
    await window();
    await window();
    expect(deps.slots.offers).toHaveLength(1);
    expect(heard('offersSettled')).toEqual([['offersSettled', reason, 1]]);
  });

  it('leaves a trip alone that has a slot already', async () => {
    await waiting(1);
    const taken = deps.slots.slot(idOf('driver', 8));
    Object.assign(taken, { state: 'assigned', tripId: idOf('trip', 1), offerId: idOf('offer', 8) });
    free(1);
    await window();
    await window();
    expect(deps.slots.offers).toHaveLength(1);
    await window(1_000);
    expect(deps.slots.offers).toHaveLength(2);
  });
});

describe('the dispatcher, without an answer', () => {
  it.each(['before', 'after'] as const)('repeats the same offer (lost %s its effect)', async (how) => {
    await waiting(1);
    free(1);
    free(2, 600);
    deps.slots.fail('reserve', how);
    await window();
    await window();
    const offerIds = new Set(deps.slots.offers.map(({ offerId }) => offerId));
    expect(offerIds.size).toBe(1);
    expect(deps.slots.openOffer(idOf('driver', 1))?.offerId).toBe([...offerIds][0]);
    expect(deps.slots.slot(idOf('driver', 2)).state).toBe('available');
  });

  it('gives an offer up that nobody can have any more', async () => {
    await waiting(1);
    free(1);
    deps.slots.fail('reserve', 'before');
    await window();
    await window(15_000);
    free(1);
    await window();
    expect(deps.slots.offers).toHaveLength(1);
  });

  it('repeats nothing for a trip that has ended meanwhile', async () => {
    await waiting(1);
    free(1);
    deps.slots.fail('reserve', 'before');
    await window();
    deps.pool.left(idOf('trip', 1));
    await window();
    expect(deps.slots.offers).toEqual([]);
  });

  it('repeats nothing after the search, nor ends a trip whose offer may be out', async () => {
    await waiting(1);
    await window(119_500);
    free(1);
    deps.slots.fail('reserve', 'before');
    await window(250);
    await window(250);
    expect(deps.slots.offers).toEqual([]);
    expect((await deps.trips.read(idOf('trip', 1)))?.status).toBe('requested');
    await window(15_000);
    expect((await deps.trips.read(idOf('trip', 1)))?.status).toBe('expired');
  });

  it('makes no new offer before the open ones are answered', async () => {
    await waiting(1);
    free(1);
    deps.slots.fail('reserve', 'before');
    await window();
    await waiting(2, { pickup: { lat: PICKUP.lat + 0.05, lng: PICKUP.lng } });
    free(2, 5_600);
    dispatcher.syncSoon();
    deps.slots.fail('reserve', 'before');
    await window();
    expect(offeredTrips()).toEqual([]);
    await window();
    expect(offeredTrips()).toEqual([idOf('trip', 1), idOf('trip', 2)]);
  });

  it('does not take a record that was not kept for an offer that was not made', async () => {
    await waiting(1);
    free(1);
    const records = { ...deps.records, settleOffers: () => Promise.reject(new Error('no database')) };
    const forgetful = createDispatcher({ ...deps, records });
    forgetful.fleetIsKnown();
    await forgetful.runWindow();
    expect(deps.pool.get(idOf('trip', 1))).toMatchObject({ heldUntil: null, offer: { driverId: idOf('driver', 1) } });
    expect(heard('dispatchFailed').map(([, step]) => step)).toEqual(['settle']);
  });

  it('rests for a second after a refusal of the whole batch', async () => {
    await waiting(1);
    free(1);
    deps.slots.fail('reserve', 'definitively');
    await window();
    await window();
    expect(deps.slots.offers).toEqual([]);
    await window(1_000);
    expect(deps.slots.offers).toHaveLength(1);
    expect(heard('dispatchFailed')).toHaveLength(1);
  });

  it('goes on with what it knows when the rows cannot be read', async () => {
    const trip = await waiting(1);
    free(1);
    const broken = createDispatcher({
      ...deps,
      agenda: { ...deps.agenda, waitingIds: () => Promise.reject(new Error('no database')) },
    });
    broken.fleetIsKnown();
    await broken.runWindow();
    deps.pool.requested(trip);
    await broken.runWindow();
    expect(deps.slots.offers).toHaveLength(1);
    expect(heard('dispatchFailed').map(([, step]) => step)).toEqual(['sync', 'sync']);
  });
});

describe('the dispatcher, the lead', () => {
  it('rebuilds its pool from the rows when it gets the lead, and drops it when it loses it', async () => {
    deps.lead.isFree = false;
    deps.pool.requested(await waiting(1));
    await window();
    expect(dispatcher.isLeader).toBe(false);
    expect(deps.pool.size).toBe(0);
    deps.lead.isFree = true;
    await window(1_500);
    expect(dispatcher.isLeader).toBe(true);
    expect(deps.pool.size).toBe(1);
    deps.lead.isFree = false;
    await window(1_500);
    expect(dispatcher.isLeader).toBe(false);
    expect(deps.pool.size).toBe(0);
  });

  it('outlasts a renewal that failed, not the lease; what is known of offers outlasts both', async () => {
    await waiting(1);
    await window();
    free(1);
    deps.lead.fails = true;
    await window(1_500);
    expect(dispatcher.isLeader).toBe(true);
    expect(deps.pool.get(idOf('trip', 1))?.offer).not.toBeNull();
    await window(2_000);
    expect(dispatcher.isLeader).toBe(false);
    expect(deps.pool.get(idOf('trip', 1))?.offer).not.toBeNull();
    deps.lead.fails = false;
    await window();
    expect(dispatcher.isLeader).toBe(true);
    expect(deps.slots.offers).toHaveLength(1);
  });

  it('is taken over with the offers that are out', async () => {
    await waiting(1);
    await window(119_000);
    const driverId = free(1);
    await window();
    const pool = createPool(() => undefined);
    const successor = createDispatcher({ ...deps, pool, dispatch: pool });
    successor.fleetIsKnown();
    deps.clock.advance(2_000);
    await successor.runWindow();
    expect(pool.get(idOf('trip', 1))?.offer).toMatchObject({ driverId });
    expect((await deps.trips.read(idOf('trip', 1)))?.status).toBe('requested');
    deps.clock.advance(15_000);
    await successor.runWindow();
    expect((await deps.trips.read(idOf('trip', 1)))?.status).toBe('expired');
  });

  it('is not asked for in every window, and is given away in the end', async () => {
    await window();
    deps.lead.isFree = false;
    await window();
    expect(dispatcher.isLeader).toBe(true);
    await dispatcher.resign();
    expect(dispatcher.isLeader).toBe(false);
  });
});

describe('the ears of the dispatcher', () => {
  let synced: number;
  const ears = () => createEars({ ...deps, unknownTrip: () => (synced += 1) });
  const slot = (reason: string, state: 'offered' | 'available' | 'assigned', changes: object = {}) => ({
    driverId: idOf('driver'),
    vehicleClass: 'economy' as const,
    state,
    reason,
    epoch: 5,
    position: null,
    tripId: idOf('trip', 1),
    offerId: idOf('offer', 1),
    expiresAt: state === 'offered' ? after(15_000) : null,
    ...changes,
  });

  beforeEach(async () => {
    synced = 0;
    deps.pool.requested(await waiting(1));
  });
  const poolTrip = () => deps.pool.get(idOf('trip', 1));

  it('hear of offers that another process made, and how they ended', () => {
    ears().slotChanged(slot('offered', 'offered'));
    expect(poolTrip()?.offer?.offerId).toBe(idOf('offer', 1));
    ears().slotChanged(slot('accepted', 'assigned'));
    expect(poolTrip()?.offer).not.toBeNull();
    ears().slotChanged(slot('offer_expired', 'available'));
    expect(poolTrip()).toMatchObject({ offer: null, ignoredBy: new Map([[idOf('driver'), after(30_000)]]) });
    ears().slotChanged(slot('offered', 'offered', { offerId: idOf('offer', 2) }));
    ears().slotChanged(slot('offer_withdrawn', 'available', { offerId: idOf('offer', 2) }));
    expect(poolTrip()?.offer).toBeNull();
    ears().slotChanged(slot('offer_declined', 'available'));
    expect(poolTrip()?.declinedBy).toEqual(new Set([idOf('driver')]));
    ears().slotChanged(slot('went_available', 'available', { tripId: null, offerId: null }));
    expect(deps.fleet.driver(idOf('driver'))?.epoch).toBe(5);
  });

  it('hear of trips that came and left, and of positions', () => {
    ears().tripRequested(idOf('trip', 1));
    expect(synced).toBe(0);
    ears().tripRequested(idOf('trip', 2));
    expect(synced).toBe(1);
    ears().tripLeft(idOf('trip', 1));
    expect(deps.pool.size).toBe(0);
    const driverId = idOf('driver', 3);
    ears().located({ driverId, vehicleClass: 'xl', state: 'available', point: PICKUP, recordedAt: START });
    expect(deps.fleet.position(driverId)?.point).toEqual(PICKUP);
    dispatcher.syncSoon();
  });
});
