import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@rideshare/testing';
import { changeStatus, offerTo, readTrip, requestRide } from './support/journey.ts';
import { startTrip } from './support/running-trip.ts';
import type { Person, RunningTrip } from './support/running-trip.ts';

function waitFor(trip: RunningTrip, who: Person, tripId: string, status: string) {
  return eventually(async () => {
    const { body } = await readTrip(trip, who, tripId);
    return body.status === status ? body : undefined;
  });
}

describe('dispatch, in one process', () => {
  let trip: RunningTrip;
  beforeAll(async () => {
    trip = await startTrip({ SEARCH_MS: '2000', OFFER_TTL_MS: '1000', TRIP_ARRIVE_MARGIN_MS: '0' });
  });
  afterEach(async () => {
    await trip.clear();
  });
  afterAll(async () => {
    await trip.close();
  });

  it('offers a declined trip to the next driver, and never again to the first', async () => {
    const rider = await trip.person('rider');
    const first = await trip.driver();
    const { id } = await requestRide(trip, rider);
    const offer = await offerTo(trip, first);
    await trip
      .request()
      .post(`/api/trips/${id}/offers/${offer.offerId}/decline`)
      .set('Authorization', first.bearer)
      .expect(204);
    const second = await trip.driver();
    const { offerId } = await offerTo(trip, second);
    await changeStatus(trip, second, id, { status: 'accepted', offerId }).expect(200);
    expect(trip.slots.offers.filter(({ tripId, driverId }) => tripId === id && driverId === first.id)).toHaveLength(1);
    const admin = await trip.person('admin');
    await eventually(async () => {
      const { body } = await trip.request().get(`/api/trips/${id}/timeline`).set('Authorization', admin.bearer);
      const entries = body.entries as { type: string; data: { driverId?: string } }[];
      return entries.find(({ type, data }) => type === 'gate.declined_before' && data.driverId === first.id);
    });
  });

  it('ends a search that found nobody, and sets its rider free', async () => {
    const rider = await trip.person('rider');
    const { id } = await requestRide(trip, rider);
    await waitFor(trip, rider, id, 'expired');
    await requestRide(trip, rider);
  });

  it('cancels by itself what a driver accepted and never came to', async () => {
    const rider = await trip.person('rider');
    const { id } = await requestRide(trip, rider);
    const driver = await trip.driver();
    const { offerId } = await offerTo(trip, driver);
    await changeStatus(trip, driver, id, { status: 'accepted', offerId }).expect(200);
    await trip.database.query('update trips set arrive_by = accepted_at, due_at = accepted_at where id = $1', [id]);
    expect(await waitFor(trip, rider, id, 'cancelled')).toMatchObject({
      cancelledBy: 'system',
      cancelReason: 'driver_never_arrived',
    });
  });
});

describe('dispatch, in processes of their own', () => {
  it('takes up what another process was asked for, and what a dead one left behind', async () => {
    const trip = await startTrip({ TRIP_ROLES: 'api,relay' });
    try {
      const one = await trip.startAnother({ TRIP_ROLES: 'dispatch' });
      const driver = await trip.driver();
      const rider = await trip.person('rider');
      const { id } = await requestRide(trip, rider);
      const { offerId } = await offerTo(trip, driver);
      await changeStatus(trip, driver, id, { status: 'accepted', offerId }).expect(200);

      await one.close();
      const later = await trip.person('rider');
      const { id: left } = await requestRide(trip, later);
      const other = await trip.driver();
      const two = await trip.startAnother({ TRIP_ROLES: 'dispatch' });
      expect(await offerTo(trip, other)).toMatchObject({ tripId: left });
      await two.close();
    } finally {
      await trip.close();
    }
  });
});
