import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { paymentFailed, userDeactivated } from '@rideshare/contracts';
import { eventually } from '@rideshare/testing';
import { changeStatus, offerTo, quote, readTrip, requestRide, travelTo } from './support/journey.ts';
import { startTrip } from './support/running-trip.ts';
import type { RunningTrip } from './support/running-trip.ts';

let trip: RunningTrip;

beforeAll(async () => {
  trip = await startTrip();
});
afterEach(async () => {
  await trip.clear();
});
afterAll(async () => {
  await trip.close();
});

describe('an idempotency key', () => {
  it('gives ten requests at once one trip and, in the end, one answer', async () => {
    const rider = await trip.person('rider');
    const body = { quoteId: (await quote(trip, rider)).id, vehicleClass: 'economy' };
    const ask = () =>
      trip
        .request()
        .post('/api/trips')
        .set('Authorization', rider.bearer)
        .set('Idempotency-Key', `key-${rider.id}`)
        .send(body);
    const answers = await Promise.all(Array.from({ length: 10 }, ask));
    for (const { status, body: answer } of answers) {
      if (status !== 201) expect(answer).toMatchObject({ status: 409, code: 'IDEMPOTENCY_IN_PROGRESS' });
    }
    const again = await ask().expect(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const { rows } = await trip.database.query<{ id: string }>('select id from trips where rider_id = $1', [rider.id]);
    expect(rows).toEqual([{ id: again.body.id }]);
    await changeStatus(trip, rider, again.body.id, { status: 'cancelled' }).expect(200);
    // the kept answer, though the trip has moved on
    expect((await ask().expect(201)).body).toEqual(again.body);
  });

  it('replays a step and refuses another body', async () => {
    const { tripId, driver } = await travelTo(trip, 'accepted');
    const arrive = (body: object) => changeStatus(trip, driver, tripId, body).set('Idempotency-Key', 'arrive');
    const first = await arrive({ status: 'arrived' }).expect(200);
    expect((await arrive({ status: 'arrived' }).expect(200)).body).toEqual(first.body);
    expect((await arrive({ status: 'cancelled' }).expect(422)).body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });
});

describe('an acceptance', () => {
  it('whose slot gave no answer gives nothing up, and succeeds when it is repeated', async () => {
    const rider = await trip.person('rider');
    const { id } = await requestRide(trip, rider);
    const driver = await trip.driver();
    const { offerId } = await offerTo(trip, driver);
    trip.slots.fail('confirm', 'after');
    const lost = await changeStatus(trip, driver, id, { status: 'accepted', offerId }).expect(503);
    expect(lost.headers['retry-after']).toBeDefined();
    expect((await readTrip(trip, rider, id)).body.status).toBe('requested');
    expect(trip.slots.slot(driver.id).state).toBe('assigned');
    expect(trip.slots.released).not.toContain(driver.id);
    await changeStatus(trip, driver, id, { status: 'accepted', offerId }).expect(200);
    await changeStatus(trip, driver, id, { status: 'accepted', offerId }).expect(200);
  });

  it('that died between slot and trip is rolled forward by the sweep of the slots', async () => {
    const rider = await trip.person('rider');
    const { id: tripId } = await requestRide(trip, rider);
    const driver = await trip.driver();
    const offer = await offerTo(trip, driver);
    // what a process leaves that is killed after the slot was confirmed
    const slot = await trip.slots.confirm(offer);
    const bearer = await trip.serviceToken();
    const assign = (body: object) =>
      trip.request().post(`/internal/trips/${tripId}/assign`).set('Authorization', bearer).send(body);
    const body = { driverId: driver.id, offerId: offer.offerId, epoch: slot?.epoch };
    expect((await assign(body).expect(200)).body).toEqual({ outcome: 'held' });
    expect((await assign(body).expect(200)).body).toEqual({ outcome: 'held' });
    expect((await readTrip(trip, driver, tripId)).body).toMatchObject({ status: 'accepted', driverId: driver.id });
    const foreign = { driverId: randomUUID(), offerId: randomUUID(), epoch: 1 };
    expect((await assign(foreign).expect(200)).body).toEqual({ outcome: 'refused' });

    await changeStatus(trip, rider, tripId, { status: 'cancelled' }).expect(200);
    expect((await assign(body).expect(200)).body).toEqual({ outcome: 'refused' });
  });

  it('against a cancellation leaves one of two worlds, never both', async () => {
    for (let round = 0; round < 10; round += 1) {
      const rider = await trip.person('rider');
      const { id } = await requestRide(trip, rider);
      const driver = await trip.driver();
      const { offerId } = await offerTo(trip, driver);
      const [accepted, cancelled] = await Promise.all([
        changeStatus(trip, driver, id, { status: 'accepted', offerId }),
        changeStatus(trip, rider, id, { status: 'cancelled' }),
      ]);
      expect(cancelled.status).toBe(200);
      const { body } = await readTrip(trip, rider, id);
      expect(body).toMatchObject({ status: 'cancelled', version: accepted.status === 200 ? 3 : 2 });
      if (accepted.status === 409) expect(trip.slots.slot(driver.id).state).toBe('available');
      else expect(accepted.status).toBe(200);
      trip.slots.allOffline();
    }
  });
});

describe('what other services tell', () => {
  const failed = (tripId: string, riderId: string, op: 'hold' | 'capture') =>
    trip.publish(
      paymentFailed,
      {
        paymentId: randomUUID(),
        tripId,
        riderId,
        op,
        code: 'card_declined',
        outstanding: { amount: 0, currency: 'EUR' },
        journal: null,
      },
      1,
    );

  it('a refused hold ends the trip before the ride begins, at no cost', async () => {
    const { tripId, rider } = await travelTo(trip, 'arrived');
    await failed(tripId, rider.id, 'hold');
    const { body } = await eventually(async () => {
      const answer = await readTrip(trip, rider, tripId);
      return answer.body.status === 'cancelled' ? answer : undefined;
    });
    expect(body).toMatchObject({ cancelledBy: 'system', cancelReason: 'payment_failed' });
  });

  it('a refused hold does not end a ride under way, a refused capture ends nothing', async () => {
    const riding = await travelTo(trip, 'in_progress');
    const arrived = await travelTo(trip, 'arrived');
    await failed(riding.tripId, riding.rider.id, 'hold');
    await failed(arrived.tripId, arrived.rider.id, 'capture');
    await failed(randomUUID(), randomUUID(), 'hold');
    // the last of them was consumed, so those before it were
    const later = await travelTo(trip, 'accepted');
    await failed(later.tripId, later.rider.id, 'hold');
    await eventually(async () => {
      const { rows } = await trip.database.query<{ consumed: number }>(
        `select sum(applied + skipped) as consumed from consumer_counts where group_name = 'trip-commands'`,
      );
      return (rows[0]?.consumed ?? 0) >= 5 ? rows : undefined;
    });
    expect((await readTrip(trip, riding.rider, riding.tripId)).body.status).toBe('in_progress');
    expect((await readTrip(trip, arrived.rider, arrived.tripId)).body.status).toBe('arrived');
  });

  it('a closed account no longer waits for a ride', async () => {
    const rider = await trip.person('rider');
    const { id } = await requestRide(trip, rider);
    await trip.publish(userDeactivated, { userId: rider.id, by: 'self' }, 1);
    const { body } = await eventually(async () => {
      const answer = await readTrip(trip, rider, id);
      return answer.body.status === 'cancelled' ? answer : undefined;
    });
    expect(body).toMatchObject({ cancelledBy: 'system', cancelReason: 'account_closed' });
    await trip.publish(userDeactivated, { userId: randomUUID(), by: 'admin' }, 1);
  });
});

describe('metrics', () => {
  it('count what the business did', async () => {
    const { text } = await trip.request().get('/metrics').expect(200);
    for (const name of ['trips_total', 'active_trips_total', 'dispatch_offers_total', 'dispatch_first_offer_seconds']) {
      expect(text).toContain(name);
    }
    await trip.request().get('/health').expect(200);
  });
});
