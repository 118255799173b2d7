import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decideStatus } from '../src/domain/slot.ts';
import type { Reservation, Verdict } from '../src/usecases/ports.ts';
import { begin, createStoreHarness, reservation, uuid } from './support/store-harness.ts';
import type { StoreHarness } from './support/store-harness.ts';

let h: StoreHarness;

beforeAll(async () => {
  h = await createStoreHarness();
});

afterAll(async () => {
  await h.close();
});

interface SlotRow {
  state: string;
  trip_id: string | null;
  offer_id: string | null;
  epoch: number;
  expires_at: Date | null;
  pending_offline: boolean;
  settled: boolean;
  suspended: boolean;
}

async function slotOf(driverId: string): Promise<SlotRow> {
  const { rows } = await h.database.query<SlotRow>('select * from driver_slots where driver_id = $1', [driverId]);
  return rows[0]!;
}

async function offerState(offerId: string): Promise<string | undefined> {
  const { rows } = await h.database.query<{ state: string }>('select state from offers where offer_id = $1', [offerId]);
  return rows[0]?.state;
}

async function reserve(...items: Reservation[]): Promise<Verdict[]> {
  return h.slots.reserve(begin(), items);
}

async function assigned(): Promise<Reservation & { epoch: number }> {
  const offer = reservation(await h.availableDriver());
  await reserve(offer);
  const epoch = await h.slots.confirm(begin(), offer);
  return { ...offer, epoch: epoch! };
}

/** Makes the time of an offer be up. */
async function lapse({ driverId }: Reservation): Promise<void> {
  await h.database.query(
    `update driver_slots set expires_at = clock_timestamp() - interval '1 millisecond' where driver_id = $1`,
    [driverId],
  );
}

describe('reserve', () => {
  it('of an available driver, makes an offer, an event and an online driver with it', async () => {
    const offer = reservation(await h.availableDriver());
    const [verdict] = await reserve(offer);
    expect(verdict).toEqual({ offerId: offer.offerId, outcome: 'reserved', epoch: 2, expiresAt: expect.any(Date) });
    expect(await slotOf(offer.driverId)).toMatchObject({ state: 'offered', trip_id: offer.tripId, epoch: 2 });
    const snapshot = await h.slots.openOffer(offer.driverId);
    expect(snapshot).toMatchObject({
      offerId: offer.offerId,
      fare: offer.fare,
      earnings: offer.earnings,
      pickupEtaS: 240,
    });
    const events = await h.eventsOf(`slot:${offer.driverId}`);
    expect(events).toMatchObject([
      { sequence: 1, data: { state: 'available', reason: 'went_available', tripId: null, offer: null } },
      { sequence: 2, data: { state: 'offered', reason: 'offered', tripId: offer.tripId, offer: { fare: offer.fare } } },
    ]);
    expect(events[1]?.data['expiresAt']).toBe(snapshot?.expiresAt.toISOString());
    expect(h.changes.at(-1)).toMatchObject({ from: 'available', reason: 'offered', slot: { epoch: 2 } });
  });

  it('carries the last position in its event', async () => {
    const offer = reservation(await h.availableDriver());
    const recordedAt = new Date();
    const position = { driverId: offer.driverId, point: { lat: 41.1, lng: -8.6 }, recordedAt };
    await h.positions.save([{ ...position, headingDeg: null, speedMps: null, accuracyM: null }]);
    await reserve(offer);
    expect((await h.eventsOf(`slot:${offer.driverId}`)).at(-1)?.data['position']).toEqual({
      point: position.point,
      recordedAt: recordedAt.toISOString(),
    });
  });

  it('repeated with the same offer, says reserved again and changes nothing', async () => {
    const offer = reservation(await h.availableDriver());
    const first = await reserve(offer);
    expect(await reserve(offer)).toEqual(first);
    expect(await slotOf(offer.driverId)).toMatchObject({ epoch: 2 });
  });

  it('repeated after the offer has ended, never opens it again', async () => {
    const offer = reservation(await h.availableDriver());
    await reserve(offer);
    await h.slots.decline(begin(), offer);
    expect(await reserve(offer)).toMatchObject([{ outcome: 'refused', reason: 'declined_before' }]);
    const other = { ...offer, tripId: uuid() };
    expect(await reserve(other)).toMatchObject([{ outcome: 'refused', reason: 'not_available' }]);
  });

  it('names why each item is refused', async () => {
    const offline = await h.verifiedDriver();
    const unverified = await h.availableDriver();
    await h.database.query('update driver_slots set eligible_until = clock_timestamp() where driver_id = $1', [
      unverified,
    ]);
    const suspended = await h.availableDriver();
    await h.slots.setStanding(begin(), suspended, { suspended: true, deactivated: false });
    const own = await h.availableDriver();
    const taken = await assigned();
    const free = await h.availableDriver();
    const verdicts = await reserve(
      reservation(offline),
      reservation(unverified),
      reservation(suspended),
      reservation(own, { riderId: own }),
      reservation(uuid()),
      reservation(taken.driverId),
      reservation(free, { tripId: taken.tripId }),
    );
    expect(verdicts.map((verdict) => (verdict.outcome === 'refused' ? verdict.reason : verdict.outcome))).toEqual([
      'not_available',
      'not_eligible',
      'suspended',
      'own_trip',
      'unknown_driver',
      'not_available',
      'trip_has_slot',
    ]);
  });

  it('of one trip for two drivers and one driver for two trips, gives each at most one', async () => {
    const [one, two, three] = [await h.availableDriver(), await h.availableDriver(), await h.availableDriver()];
    const tripId = uuid();
    const offers = [
      reservation(one, { tripId }),
      reservation(two, { tripId }),
      reservation(one),
      reservation(three),
      reservation(three),
    ];
    const verdicts = await reserve(...offers);
    expect(verdicts.map(({ offerId }) => offerId)).toEqual(offers.map(({ offerId }) => offerId));
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['reserved', 'refused', 'refused', 'reserved', 'refused']);
    expect(verdicts[1]).toMatchObject({ reason: 'trip_has_slot' });
  });

  it('whose first choice is refused, tries the next driver of the same trip in the same batch', async () => {
    const [offline, online] = [await h.verifiedDriver(), await h.availableDriver()];
    const tripId = uuid();
    const verdicts = await reserve(reservation(offline, { tripId }), reservation(online, { tripId }));
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['refused', 'reserved']);
  });

  it('ends the dead offer of its trip first', async () => {
    const dead = reservation(await h.availableDriver());
    await reserve(dead);
    await lapse(dead);
    const next = reservation(await h.availableDriver(), { tripId: dead.tripId });
    expect(await reserve(next)).toMatchObject([{ outcome: 'reserved' }]);
    expect(await offerState(dead.offerId)).toBe('expired');
    expect(await slotOf(dead.driverId)).toMatchObject({ state: 'available', trip_id: null });
  });

  it('of 200 items, writes them as one', async () => {
    const drivers = await h.availableFleet(200);
    const started = performance.now();
    const verdicts = await reserve(...drivers.map((driverId) => reservation(driverId)));
    expect(verdicts.every(({ outcome }) => outcome === 'reserved')).toBe(true);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('confirm', () => {
  it('of an open offer, assigns; a repeat says the same again', async () => {
    const trip = await assigned();
    expect(trip.epoch).toBe(3);
    expect(await h.slots.confirm(begin(), trip)).toBe(3);
    expect(await offerState(trip.offerId)).toBe('accepted');
    expect(await slotOf(trip.driverId)).toMatchObject({
      state: 'assigned',
      expires_at: null,
      settled: false,
      epoch: 3,
    });
  });

  it('of an offer that is over, foreign or unknown, refuses', async () => {
    const dead = reservation(await h.availableDriver());
    await reserve(dead);
    await lapse(dead);
    expect(await h.slots.confirm(begin(), dead)).toBeUndefined();
    const open = reservation(await h.availableDriver());
    await reserve(open);
    expect(await h.slots.confirm(begin(), { ...open, offerId: uuid() })).toBeUndefined();
    expect(await h.slots.confirm(begin(), { ...open, tripId: uuid() })).toBeUndefined();
    expect(await h.slots.confirm(begin(), { ...open, driverId: uuid() })).toBeUndefined();
  });
});

describe('decline', () => {
  it('frees the driver, and the trip does not come back to them', async () => {
    const offer = reservation(await h.availableDriver());
    await reserve(offer);
    expect(await h.slots.decline(begin(), offer)).toBe(true);
    expect(await h.slots.decline(begin(), offer)).toBe(true);
    expect(await slotOf(offer.driverId)).toMatchObject({ state: 'available', epoch: 3 });
    const again = reservation(offer.driverId, { tripId: offer.tripId });
    expect(await reserve(again)).toMatchObject([{ reason: 'declined_before' }]);
    expect(await reserve(reservation(offer.driverId))).toMatchObject([{ outcome: 'reserved' }]);
  });

  it('of an accepted or foreign offer, refuses', async () => {
    const trip = await assigned();
    expect(await h.slots.decline(begin(), trip)).toBe(false);
    expect(await h.slots.decline(begin(), { ...trip, driverId: uuid() })).toBe(false);
  });
});

describe('release', () => {
  it('at the epoch of the assignment frees it; at any other, does not', async () => {
    const trip = await assigned();
    expect(await h.slots.release(begin(), { ...trip, epoch: trip.epoch - 1 })).toBe(false);
    expect(await h.slots.release(begin(), { ...trip, tripId: uuid() })).toBe(false);
    expect(await h.slots.release(begin(), trip)).toBe(true);
    expect(await h.slots.release(begin(), trip)).toBe(false);
    expect(await slotOf(trip.driverId)).toMatchObject({ state: 'available', trip_id: null, epoch: 4 });
  });
});

describe('clear', () => {
  it('of an offered trip, withdraws the offer; of an assigned one, frees the driver; else does nothing', async () => {
    const offer = reservation(await h.availableDriver());
    await reserve(offer);
    const trip = await assigned();
    expect(await h.slots.clear(begin(), offer.tripId)).toBe(true);
    expect(await h.slots.clear(begin(), trip.tripId)).toBe(true);
    expect(await h.slots.clear(begin(), trip.tripId)).toBe(false);
    expect(await offerState(offer.offerId)).toBe('withdrawn');
    expect(await offerState(trip.offerId)).toBe('accepted');
    expect((await h.eventsOf(`slot:${trip.driverId}`)).at(-1)).toMatchObject({
      data: { reason: 'trip_ended', state: 'available', tripId: trip.tripId, offerId: trip.offerId },
    });
  });
});

describe('settle', () => {
  it('raises a flag and no epoch, and only for the offer that is assigned', async () => {
    const trip = await assigned();
    expect(await h.slots.settle(begin(), { ...trip, offerId: uuid() })).toBe(false);
    expect(await h.slots.settle(begin(), trip)).toBe(true);
    expect(await slotOf(trip.driverId)).toMatchObject({ settled: true, epoch: trip.epoch });
  });
});

describe('setStatus', () => {
  const wanted = (status: 'available' | 'offline') => (slot: Parameters<typeof decideStatus>[0]) =>
    decideStatus(slot, status);

  it('to offline with an offer open, withdraws it', async () => {
    const offer = reservation(await h.availableDriver());
    await reserve(offer);
    await h.slots.setStatus(begin(), offer.driverId, wanted('offline'));
    expect(await offerState(offer.offerId)).toBe('withdrawn');
    expect(await slotOf(offer.driverId)).toMatchObject({ state: 'offline' });
  });

  it('that changes nothing, writes nothing', async () => {
    const driverId = await h.availableDriver();
    expect(await h.slots.setStatus(begin(), driverId, wanted('available'))).toMatchObject({ epoch: 1 });
    expect(await h.eventsOf(`slot:${driverId}`)).toHaveLength(1);
  });

  it('of nobody, finds no driver', async () => {
    await expect(h.slots.setStatus(begin(), uuid(), wanted('offline'))).rejects.toMatchObject({
      code: 'DRIVER_NOT_FOUND',
    });
  });
});

describe('setStanding', () => {
  const suspended = { suspended: true, deactivated: false };
  const active = { suspended: false, deactivated: false };

  it('suspended with an offer open, withdraws it and goes offline', async () => {
    const offer = reservation(await h.availableDriver());
    await reserve(offer);
    await h.slots.setStanding(begin(), offer.driverId, suspended);
    await h.slots.setStanding(begin(), offer.driverId, suspended);
    expect(await slotOf(offer.driverId)).toMatchObject({ state: 'offline', suspended: true, epoch: 3 });
    expect((await h.eventsOf(`slot:${offer.driverId}`)).at(-1)).toMatchObject({ data: { reason: 'suspended' } });
  });

  it('suspended on a trip, leaves the trip alone and goes offline after it', async () => {
    const trip = await assigned();
    await h.slots.setStanding(begin(), trip.driverId, suspended);
    expect(await slotOf(trip.driverId)).toMatchObject({ state: 'assigned', pending_offline: true, epoch: trip.epoch });
    await h.slots.clear(begin(), trip.tripId);
    expect(await slotOf(trip.driverId)).toMatchObject({ state: 'offline', pending_offline: false });
  });

  it('lifted, lets the driver go available again; closed, never', async () => {
    const driverId = await h.availableDriver();
    await h.slots.setStanding(begin(), driverId, suspended);
    await h.slots.setStanding(begin(), driverId, active);
    expect(await slotOf(driverId)).toMatchObject({ suspended: false, state: 'offline' });
    await h.slots.setStanding(begin(), driverId, { suspended: false, deactivated: true });
    await h.slots.setStanding(begin(), driverId, active);
    expect(await slotOf(driverId)).toMatchObject({ suspended: true, state: 'offline' });
  });

  it('of somebody who becomes a driver later, is remembered', async () => {
    const userId = uuid();
    await h.slots.setStanding(begin(), userId, suspended);
    await h.drivers.register(begin(), {
      driverId: userId,
      license: { last4: '1', hash: 'h' },
      vehicle: { make: 'a', model: 'b', year: 2020, plate: 'cc', color: 'd', class: 'xl' },
    });
    expect(await slotOf(userId)).toMatchObject({ suspended: true });
  });

  it('of a person in good standing who is no driver, leaves no trace', async () => {
    const userId = uuid();
    await h.slots.setStanding(begin(), userId, active);
    const { rows } = await h.database.query('select 1 from account_standings where user_id = $1', [userId]);
    expect(rows).toEqual([]);
  });
});

describe('expireOffers', () => {
  it('ends what is over and nothing else', async () => {
    const [dead, open] = [reservation(await h.availableDriver()), reservation(await h.availableDriver())];
    await reserve(dead, open);
    await lapse(dead);
    expect(await h.slots.expireOffers(begin(), 200)).toBeGreaterThanOrEqual(1);
    expect(await offerState(dead.offerId)).toBe('expired');
    expect(await offerState(open.offerId)).toBe('open');
  });
});

describe('claimAssignments', () => {
  it('hands an assignment out once per interval', async () => {
    const trip = await assigned();
    const bounds = { olderThanMs: 0, againMs: 60_000, limit: 200 };
    const claimed = await h.slots.claimAssignments('unsettled', bounds);
    expect(claimed).toContainEqual({
      driverId: trip.driverId,
      tripId: trip.tripId,
      offerId: trip.offerId,
      epoch: trip.epoch,
    });
    expect(await h.slots.claimAssignments('unsettled', bounds)).toEqual([]);
    expect(await h.slots.claimAssignments('unsettled', { ...bounds, olderThanMs: 60_000, againMs: 0 })).toEqual([]);
    await h.slots.settle(begin(), trip);
    expect(await h.slots.claimAssignments('settled', { ...bounds, againMs: 0 })).toContainEqual(claimed.at(-1));
  });
});

describe('the wall behind the guards', () => {
  it('refuses a change of state without a new epoch, and a new epoch without one', async () => {
    const driverId = await h.availableDriver();
    const alone = (set: string) => h.database.query(`update driver_slots set ${set} where driver_id = $1`, [driverId]);
    await expect(alone(`state = 'offline'`)).rejects.toMatchObject({ code: '23514' });
    await expect(alone('epoch = epoch + 1')).rejects.toMatchObject({ code: '23514' });
    await expect(alone(`state = 'offline', epoch = epoch + 2`)).rejects.toMatchObject({ code: '23514' });
  });
});
