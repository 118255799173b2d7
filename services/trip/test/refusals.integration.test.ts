import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { changeStatus, offerTo, quote, readTrip, requestRide, travelTo } from './support/journey.ts';
import { RIDE, startTrip } from './support/running-trip.ts';
import type { Person, RunningTrip } from './support/running-trip.ts';

let trip: RunningTrip;

beforeAll(async () => {
  trip = await startTrip({ QUOTE_TTL_MS: '3000' });
});
afterEach(async () => {
  await trip.clear();
});
afterAll(async () => {
  await trip.close();
});

function post(path: string, who: Person, body: object) {
  return trip.request().post(path).set('Authorization', who.bearer).send(body);
}

describe('a quote is refused', () => {
  it.each([
    ['outside the service area', { ...RIDE, destination: { lat: 41.5, lng: -8.6 } }, 'OUTSIDE_SERVICE_AREA'],
    ['for a stop outside', { ...RIDE, stops: [{ lat: 0, lng: 0 }] }, 'OUTSIDE_SERVICE_AREA'],
    ['for a few steps', { ...RIDE, destination: { ...RIDE.pickup, lat: 41.1498 } }, 'TRIP_TOO_SHORT'],
    ['with an unknown member', { ...RIDE, price: 1 }, 'VALIDATION_FAILED'],
    ['for no place on Earth', { ...RIDE, pickup: { lat: 91, lng: 0 } }, 'VALIDATION_FAILED'],
  ])('%s', async (_what, body, code) => {
    const answer = await post('/api/quotes', await trip.person('rider'), body).expect(422);
    expect(answer.body).toMatchObject({ code, status: 422 });
  });

  it('without a token, and to who is no rider', async () => {
    await trip.request().post('/api/quotes').send(RIDE).expect(401);
    await post('/api/quotes', await trip.person('support'), RIDE).expect(403);
  });
});

describe('a request is refused', () => {
  const ask = async (rider: Person, changes: object = {}) =>
    post('/api/trips', rider, { quoteId: (await quote(trip, rider)).id, vehicleClass: 'economy', ...changes });

  it('with a foreign or unknown quote', async () => {
    const [one, two] = [await trip.person('rider'), await trip.person('rider')];
    const { id: quoteId } = await quote(trip, one);
    expect((await ask(two, { quoteId })).body).toMatchObject({ status: 404, code: 'QUOTE_NOT_FOUND' });
    expect((await ask(two, { quoteId: randomUUID() })).body).toMatchObject({ status: 404, code: 'QUOTE_NOT_FOUND' });
  });

  it('with a quote that is no longer the price', async () => {
    const rider = await trip.person('rider');
    const { id: quoteId } = await quote(trip, rider);
    await trip.database.query(
      `update quotes set inputs = inputs || '{"expiresAt":"2026-01-01T00:00:00.000Z"}' where id = $1`,
      [quoteId],
    );
    expect((await ask(rider, { quoteId })).body).toMatchObject({ status: 410, code: 'QUOTE_EXPIRED' });
  });

  it('with a quote that was tampered with, and tells nobody why', async () => {
    const rider = await trip.person('rider');
    const { id: quoteId } = await quote(trip, rider);
    await trip.database.query(`update quotes set inputs = inputs || '{"distanceM":1}' where id = $1`, [quoteId]);
    const answer = await ask(rider, { quoteId });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('signature');
  });

  it('for a rider who is on a trip, who owes, or whose card is not theirs', async () => {
    const rider = await trip.person('rider');
    const { id } = await requestRide(trip, rider);
    expect((await ask(rider)).body).toMatchObject({ status: 409, code: 'RIDER_HAS_ACTIVE_TRIP' });
    await changeStatus(trip, rider, id, { status: 'cancelled' }).expect(200);

    trip.standings.set(rider.id, { owes: true, methodFound: true, paymentMethodId: null });
    expect((await ask(rider)).body).toMatchObject({ status: 409, code: 'PAYMENT_OUTSTANDING' });
    trip.standings.set(rider.id, { owes: false, methodFound: false, paymentMethodId: null });
    expect((await ask(rider, { paymentMethodId: randomUUID() })).body).toMatchObject({
      status: 404,
      code: 'PAYMENT_METHOD_NOT_FOUND',
    });
    const paymentMethodId = randomUUID();
    trip.standings.set(rider.id, { owes: false, methodFound: true, paymentMethodId });
    const { body } = await ask(rider);
    const { rows } = await trip.database.query('select payment_method_id from trips where id = $1', [body.id]);
    expect(rows).toEqual([{ payment_method_id: paymentMethodId }]);
  });

  it.each([
    ['neither quote nor points', {}],
    ['both quote and points', { quoteId: randomUUID(), vehicleClass: 'xl', pickupLat: 41.1, pickupLng: -8.6 }],
    ['an unknown class', { quoteId: randomUUID(), vehicleClass: 'rocket' }],
  ])('with %s', async (_what, body) => {
    await post('/api/trips', await trip.person('rider'), body).expect(422);
  });
});

describe('another’s trip', () => {
  it('is not there for strangers, and is for administrators', async () => {
    const { tripId, rider, driver } = await travelTo(trip, 'arrived');
    const stranger = await trip.person('rider', 'driver');
    await readTrip(trip, stranger, tripId).expect(404);
    for (const body of [
      { status: 'arrived' },
      { status: 'in_progress', startCode: '0000' },
      { status: 'completed' },
      { status: 'cancelled' },
    ]) {
      expect((await changeStatus(trip, stranger, tripId, body).expect(404)).body.code).toBe('TRIP_NOT_FOUND');
    }
    for (const path of ['route', 'receipt']) {
      await trip.request().get(`/api/trips/${tripId}/${path}`).set('Authorization', stranger.bearer).expect(404);
    }
    const admin = await trip.person('admin');
    const seen = await readTrip(trip, admin, tripId).expect(200);
    expect(seen.body).not.toHaveProperty('startCode');
    await trip.request().get(`/api/trips/${tripId}/route`).set('Authorization', admin.bearer).expect(404);
    await trip.request().get(`/api/trips/${tripId}/receipt`).set('Authorization', driver.bearer).expect(404);
    const early = await trip.request().get(`/api/trips/${tripId}/receipt`).set('Authorization', rider.bearer);
    expect(early.body).toMatchObject({ status: 409, code: 'TRIP_NOT_COMPLETED' });
    await readTrip(trip, rider, randomUUID()).expect(404);
    await readTrip(trip, rider, 'no-id').expect(422);
  });
});

describe('a step is refused', () => {
  it('by the other side, or out of turn', async () => {
    const { tripId, rider, driver } = await travelTo(trip, 'accepted');
    for (const [who, body] of [
      [rider, { status: 'arrived' }],
      [driver, { status: 'in_progress', startCode: '1234' }],
      [driver, { status: 'completed' }],
    ] as const) {
      expect((await changeStatus(trip, who, tripId, body).expect(409)).body.code).toBe('TRIP_TRANSITION_NOT_ALLOWED');
    }
  });

  it('on a stale version, unless its effect is there already', async () => {
    const { tripId, driver } = await travelTo(trip, 'accepted');
    const stale = await changeStatus(trip, driver, tripId, { status: 'arrived', version: 1 }).expect(409);
    expect(stale.body.code).toBe('TRIP_VERSION_CONFLICT');
    await changeStatus(trip, driver, tripId, { status: 'arrived', version: 2 }).expect(200);
    const again = await changeStatus(trip, driver, tripId, { status: 'arrived', version: 2 }).expect(200);
    expect(again.body.version).toBe(3);
  });

  it('without the member that the status needs', async () => {
    const { tripId, driver } = await travelTo(trip, 'arrived');
    const accept = await changeStatus(trip, driver, tripId, { status: 'accepted' }).expect(422);
    expect(accept.body.errors).toEqual([expect.objectContaining({ pointer: '/offerId' })]);
    const start = await changeStatus(trip, driver, tripId, { status: 'in_progress' }).expect(422);
    expect(start.body.errors).toEqual([expect.objectContaining({ pointer: '/startCode' })]);
  });

  it('to accept what was not offered, is unknown, or has ended', async () => {
    const driver = await trip.person('driver');
    const rider = await trip.person('rider');
    const { id } = await requestRide(trip, rider);
    for (const tripId of [id, randomUUID()]) {
      const body = { status: 'accepted', offerId: randomUUID() };
      expect((await changeStatus(trip, driver, tripId, body).expect(409)).body.code).toBe('OFFER_NOT_AVAILABLE');
    }
    const offered = await trip.driver();
    const { offerId } = await offerTo(trip, offered);
    await changeStatus(trip, rider, id, { status: 'cancelled' }).expect(200);
    const late = await changeStatus(trip, offered, id, { status: 'accepted', offerId }).expect(409);
    expect(late.body.code).toBe('OFFER_NOT_AVAILABLE');
    expect(trip.slots.released).toContain(offered.id);
    expect(trip.slots.slot(offered.id).state).toBe('available');
  });

  it('to decline what was not offered', async () => {
    const driver = await trip.person('driver');
    const answer = await post(`/api/trips/${randomUUID()}/offers/${randomUUID()}/decline`, driver, {});
    expect(answer.body).toMatchObject({ status: 409, code: 'OFFER_NOT_AVAILABLE' });
  });

  it('to cancel a ride under way, but by an administrator', async () => {
    const { tripId, rider, driver } = await travelTo(trip, 'in_progress');
    for (const who of [rider, driver]) await changeStatus(trip, who, tripId, { status: 'cancelled' }).expect(409);
    const admin = await trip.person('admin');
    const { body } = await changeStatus(trip, admin, tripId, { status: 'cancelled' }).expect(200);
    expect(body).toMatchObject({ status: 'cancelled', cancelledBy: 'admin', cancelReason: 'admin_cancelled' });
  });
});

describe('the start code', () => {
  it('is refused five times, then not even the right one is looked at for a minute', async () => {
    const { tripId, driver, startCode } = await travelTo(trip, 'arrived');
    const wrong = startCode === '0000' ? '0001' : '0000';
    const start = (code: string) => changeStatus(trip, driver, tripId, { status: 'in_progress', startCode: code });
    for (let count = 0; count < 5; count += 1) {
      expect((await start(wrong).expect(422)).body.code).toBe('START_CODE_WRONG');
    }
    const locked = await start(startCode).expect(429);
    expect(locked.body.code).toBe('START_CODE_LOCKED');
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(50);
    await trip.database.query(`update start_code_attempts set locked_until = clock_timestamp() where trip_id = $1`, [
      tripId,
    ]);
    await start(startCode).expect(200);
    await start(wrong).expect(200); // what its own actor already reached
  });

  it('cannot be guessed by asking at once', async () => {
    const { tripId, driver, startCode } = await travelTo(trip, 'arrived');
    const codes = Array.from({ length: 40 }, (_, index) => String((Number(startCode) + 1 + index) % 10_000));
    const answers = await Promise.all(
      codes.map((code) =>
        changeStatus(trip, driver, tripId, { status: 'in_progress', startCode: code.padStart(4, '0') }),
      ),
    );
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(35);
  });
});

describe('a cancellation that the policy charges for', () => {
  it('has a receipt of its fee', async () => {
    const { tripId, rider, driver } = await travelTo(trip, 'arrived');
    await trip.database.query(
      `update trips set arrived_at = arrived_at - interval '10 minutes', accepted_at = accepted_at - interval '10 minutes'
       where id = $1`,
      [tripId],
    );
    await changeStatus(trip, driver, tripId, { status: 'cancelled', reason: 'rider_no_show' }).expect(200);
    const { body } = await trip
      .request()
      .get(`/api/trips/${tripId}/receipt`)
      .set('Authorization', rider.bearer)
      .expect(200);
    const fee = { amount: 400, currency: 'EUR' };
    expect(body).toMatchObject({ lines: [{ kind: 'cancellation_fee', amount: fee }], total: fee });
  });
});
