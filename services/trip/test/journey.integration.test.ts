import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { notificationSent, paymentCaptured } from '@rideshare/contracts';
import { eventually } from '@rideshare/testing';
import { randomUUID } from 'node:crypto';
import { changeStatus, offerTo, quote, readTrip, requestRide, travelTo } from './support/journey.ts';
import { RIDE, startTrip } from './support/running-trip.ts';
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

describe('a ride', () => {
  it('goes from the quote to the receipt', async () => {
    const rider = await trip.person('rider');
    const offered = await quote(trip, rider);
    expect(offered.options).toHaveLength(4);

    const asked = await trip
      .request()
      .post('/api/trips')
      .set('Authorization', rider.bearer)
      .send({ quoteId: offered.id, vehicleClass: 'economy' })
      .expect(201);
    const tripId = asked.body.id as string;
    expect(asked.headers['location']).toBe(`/api/trips/${tripId}`);
    expect(asked.body).toMatchObject({ status: 'requested', version: 1, driverId: null, fare: { currency: 'EUR' } });
    expect(asked.body).not.toHaveProperty('startCode');

    const driver = await trip.driver();
    const { offerId } = await offerTo(trip, driver);
    const accepted = await changeStatus(trip, driver, tripId, { status: 'accepted', offerId, version: 1 }).expect(200);
    expect(accepted.body).toMatchObject({ status: 'accepted', version: 2, driverId: driver.id });
    expect(accepted.body).not.toHaveProperty('startCode');
    const seen = await readTrip(trip, rider, tripId).expect(200);
    expect(seen.body.startCode).toMatch(/^\d{4}$/);

    await changeStatus(trip, driver, tripId, { status: 'arrived' }).expect(200);
    const startCode = seen.body.startCode as string;
    const started = await changeStatus(trip, driver, tripId, { status: 'in_progress', startCode }).expect(200);
    expect(started.body).toMatchObject({ status: 'in_progress', version: 4 });
    expect((await readTrip(trip, rider, tripId)).body).not.toHaveProperty('startCode');

    const route = await trip.request().get(`/api/trips/${tripId}/route`).set('Authorization', rider.bearer).expect(200);
    expect(route.body).toMatchObject({
      geometry: { type: 'LineString', coordinates: [expect.any(Array), expect.any(Array)] },
      position: { point: { lat: 41.15, lng: -8.612 } },
    });
    expect(route.body.etaS).toBeGreaterThan(300);

    const done = await changeStatus(trip, driver, tripId, { status: 'completed' }).expect(200);
    expect(done.body).toMatchObject({ status: 'completed', version: 5 });

    const receipt = await trip
      .request()
      .get(`/api/trips/${tripId}/receipt`)
      .set('Authorization', rider.bearer)
      .expect(200);
    expect(receipt.body).toMatchObject({ quoteId: offered.id, quoted: asked.body.fare, total: asked.body.fare });
    const sum = (receipt.body.lines as { amount: { amount: number } }[]).reduce(
      (all, line) => all + line.amount.amount,
      0,
    );
    expect(sum).toBe(receipt.body.total.amount);
  });

  it('is told in events of one stream, without gaps', async () => {
    const { tripId } = await travelTo(trip, 'completed');
    const records = await eventually(async () => {
      const { rows } = await trip.database.query<{ type: string; envelope: { sequence: number; stream: string } }>(
        'select type, envelope from event_log.records where key = $1 order by log_offset',
        [tripId],
      );
      return rows.length === 5 ? rows : undefined;
    });
    expect(records.map(({ type }) => type)).toEqual([
      'trip.requested',
      'trip.accepted',
      'trip.arrived',
      'trip.started',
      'trip.completed',
    ]);
    expect(records.map(({ envelope }) => envelope.sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(records.map(({ envelope }) => envelope.stream))).toEqual(new Set([`trip:${tripId}`]));
    expect(JSON.stringify(records)).not.toContain('startCode');
  });

  it('may be asked for between two points, and is quoted on the way', async () => {
    const rider = await trip.person('rider');
    const { pickup, destination } = RIDE;
    const flat = {
      pickupLat: pickup.lat,
      pickupLng: pickup.lng,
      destinationLat: destination.lat,
      destinationLng: destination.lng,
    };
    const { body } = await trip.request().post('/api/trips').set('Authorization', rider.bearer).send(flat).expect(201);
    expect(body).toMatchObject({ status: 'requested', vehicleClass: 'economy', pickup, destination });
    const { rows } = await trip.database.query('select from quotes where id = $1', [body.quoteId]);
    expect(rows).toHaveLength(1);
    await changeStatus(trip, rider, body.id, { status: 'cancelled', reason: 'changed my mind' }).expect(200);
    expect((await readTrip(trip, rider, body.id)).body).toMatchObject({
      status: 'cancelled',
      cancelledBy: 'rider',
      cancelReason: 'changed my mind',
    });
  });

  it('is rated once by each side', async () => {
    const { rider, driver, tripId } = await travelTo(trip, 'completed');
    const rate = (bearer: string, body: object) =>
      trip.request().post(`/api/trips/${tripId}/rating`).set('Authorization', bearer).send(body);
    const first = await rate(rider.bearer, { stars: 5, tags: ['clean'], comment: 'fine' }).expect(201);
    expect(first.body).toEqual({ tripId, by: 'rider', stars: 5, tags: ['clean'], comment: 'fine' });
    expect((await rate(rider.bearer, { stars: 1 }).expect(409)).body.code).toBe('RATING_EXISTS');
    await rate(driver.bearer, { stars: 4 }).expect(201);
    await rate((await trip.person('rider')).bearer, { stars: 4 }).expect(404);
    expect((await readTrip(trip, rider, tripId)).body.version).toBe(7);
  });

  it('is in the history of both, newest first', async () => {
    const { rider, driver, tripId } = await travelTo(trip, 'completed');
    const { id: second } = await requestRide(trip, rider);
    const history = (bearer: string, query: object) =>
      trip.request().get('/api/trips/history').set('Authorization', bearer).query(query);
    const page = (await history(rider.bearer, { limit: 1 }).expect(200)).body;
    expect(page.items.map(({ id }: { id: string }) => id)).toEqual([second]);
    const rest = (await history(rider.bearer, { limit: 1, cursor: page.nextCursor }).expect(200)).body;
    expect(rest).toMatchObject({ items: [{ id: tripId }], nextCursor: null });
    expect((await history(driver.bearer, {}).expect(200)).body.items).toHaveLength(1);
    expect((await history(rider.bearer, { cursor: 'nonsense' }).expect(422)).body.code).toBe('CURSOR_INVALID');
    await changeStatus(trip, rider, second, { status: 'cancelled' }).expect(200);
  });

  it('has a flight recorder that joins what all services told', async () => {
    const { rider, driver, tripId } = await travelTo(trip, 'completed');
    const euros = (amount: number) => ({ amount, currency: 'EUR' });
    const paymentId = randomUUID();
    await trip.publish(
      paymentCaptured,
      {
        paymentId,
        tripId,
        riderId: rider.id,
        driverId: driver.id,
        kind: 'fare',
        method: 'cash',
        amount: euros(500),
        driverShare: euros(400),
        journal: {
          journalId: randomUUID(),
          lines: [
            { account: 'cash', amount: euros(500) },
            { account: 'fares', amount: euros(-500) },
          ],
        },
      },
      1,
    );
    await trip.publish(
      notificationSent,
      {
        messageId: randomUUID(),
        userId: rider.id,
        kind: 'trip_completed',
        channel: 'inbox',
        template: 'trip_completed.en',
        tripId,
        aboutEventId: randomUUID(),
      },
      1,
    );
    const admin = await trip.person('admin');
    const timeline = () => trip.request().get(`/api/trips/${tripId}/timeline`).set('Authorization', admin.bearer);
    const types = await eventually(async () => {
      const { body } = await timeline().expect(200);
      const found = (body.entries as { type: string }[]).map(({ type }) => type);
      const all = ['payment.captured', 'ledger.journal', 'notification.sent', 'trip.completed'];
      return all.every((type) => found.includes(type)) ? found : undefined;
    });
    expect(types).toEqual(expect.arrayContaining(['trip.requested', 'offer.reserved', 'driver.status_changed']));
    const { body } = await timeline();
    const times = (body.entries as { at: string }[]).map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
    expect(JSON.stringify(body)).not.toContain('startCode');
    await trip.request().get(`/api/trips/${randomUUID()}/timeline`).set('Authorization', admin.bearer).expect(404);
    await trip.request().get(`/api/trips/${tripId}/timeline`).set('Authorization', rider.bearer).expect(403);
  });
});

describe('the decision read for other services', () => {
  it('tells where a trip stands and what is due', async () => {
    const { tripId, offer } = await travelTo(trip, 'in_progress');
    const bearer = await trip.serviceToken();
    const read = () => trip.request().get(`/internal/trips/${tripId}`).set('Authorization', bearer).expect(200);
    expect((await read()).body).toMatchObject({ status: 'in_progress', offerId: offer.offerId, due: null, lines: [] });
    const admin = await trip.person('admin');
    await changeStatus(trip, admin, tripId, { status: 'cancelled', reason: 'accident' }).expect(200);
    expect((await read()).body).toMatchObject({ status: 'cancelled', due: { amount: 0, currency: 'EUR' } });
    await trip.request().get(`/internal/trips/${randomUUID()}`).set('Authorization', bearer).expect(404);
    await trip.request().get(`/internal/trips/${tripId}`).set('Authorization', admin.bearer).expect(401);
  });
});
