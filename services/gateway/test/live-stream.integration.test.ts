import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  driverLocated,
  driverStatusChanged,
  notificationSent,
  openStream,
  tripAccepted,
  tripArrived,
  tripCancelled,
  tripCompleted,
  tripExpired,
  tripRequested,
  tripStarted,
} from '@rideshare/contracts';
import type { EventData } from '@rideshare/contracts';
import { systemIds } from '@rideshare/kernel/system';
import { eventually } from '@rideshare/testing';
import { openEvents, startGateway } from './support/running-gateway.ts';
import type { Gateway } from './support/running-gateway.ts';

type Stream = Awaited<ReturnType<typeof openEvents>>;

const at = new Date().toISOString();
const point = { lat: 41.15, lng: -8.61 };
const eur = (amount: number) => ({ amount, currency: 'EUR' });

let gateway: Gateway;
const open: Stream[] = [];
beforeAll(async () => {
  gateway = await startGateway({ STREAMS_MAX: '12' });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((stream) => stream.close()));
});
afterAll(() => gateway.close());

async function listen(userId: string, lastEventId?: string, url = gateway.url, expiresInS = 900): Promise<Stream> {
  const headers = { authorization: `Bearer ${await gateway.token(userId, ['rider', 'driver'], expiresInS)}` };
  const resume = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const stream = await openEvents(`${url}${openStream.path}`, { ...headers, ...resume });
  open.push(stream);
  return stream;
}

const until = (stream: Stream, count: number) =>
  eventually(() => (stream.messages.length >= count ? stream.messages : undefined));

function newRide() {
  const tripId = systemIds.next();
  const riderId = systemIds.next();
  const driverId = systemIds.next();
  const offerId = systemIds.next();
  const parties = { tripId, riderId, driverId };
  const requested: EventData<typeof tripRequested> = {
    tripId,
    riderId,
    quoteId: systemIds.next(),
    pickup: point,
    destination: point,
    stops: [],
    vehicleClass: 'economy',
    fare: eur(700),
    breakdown: [],
    tariffVersion: '1',
    surgeBasisPoints: 0,
    distanceM: 1,
    durationS: 1,
    paymentMethodId: null,
    zone: 'z',
    requestedAt: at,
  };
  const slot: EventData<typeof driverStatusChanged> = {
    driverId,
    state: 'available',
    reason: 'went_available',
    epoch: 1,
    tripId: null,
    offerId: null,
    expiresAt: null,
    offer: null,
    vehicleClass: 'economy',
    position: null,
  };
  const offer = {
    offerId,
    tripId,
    pickup: point,
    destination: point,
    fare: eur(700),
    earnings: eur(500),
    pickupEtaS: 60,
    expiresAt: at,
  };
  return {
    ...parties,
    offerId,
    offer,
    request: () => gateway.publish(tripRequested, requested),
    offered: () =>
      gateway.publish(
        driverStatusChanged,
        { ...slot, state: 'offered', reason: 'offered', tripId, offerId, offer, expiresAt: at },
        2,
      ),
    slotEnds: (reason: 'offer_expired' | 'trip_ended') =>
      gateway.publish(driverStatusChanged, { ...slot, reason, tripId, offerId }, 3),
    accept: () => gateway.publish(tripAccepted, { ...parties, offerId, slotEpoch: 2, acceptedAt: at }, 2),
    arrive: () => gateway.publish(tripArrived, { ...parties, arrivedAt: at }, 3),
    start: () => gateway.publish(tripStarted, { ...parties, startedAt: at }, 4),
    locate: (by = driverId) =>
      gateway.publish(driverLocated, {
        driverId: by,
        point,
        recordedAt: at,
        headingDeg: 90,
        speedMps: 7,
        state: 'assigned',
        tripId,
        vehicleClass: 'economy',
      }),
    complete: () =>
      gateway.publish(
        tripCompleted,
        {
          ...parties,
          offerId,
          paymentMethodId: null,
          quoteId: requested.quoteId,
          quoted: eur(700),
          lines: [],
          total: eur(700),
          distanceM: 1,
          durationS: 1,
          tariffVersion: '1',
          completedAt: at,
        },
        5,
      ),
    cancel: () =>
      gateway.publish(
        tripCancelled,
        {
          tripId,
          riderId,
          driverId: null,
          offerId: null,
          paymentMethodId: null,
          from: 'requested',
          cancelledBy: 'rider',
          reason: 'changed_mind',
          fee: eur(0),
          policyVersion: '1',
          acceptedAt: null,
          arrivedAt: null,
          cancelledAt: at,
        },
        2,
      ),
    expire: () => gateway.publish(tripExpired, { tripId, riderId, paymentMethodId: null, expiredAt: at }, 2),
    notify: (channel: 'inbox' | 'email') =>
      gateway.publish(notificationSent, {
        messageId: systemIds.next(),
        userId: riderId,
        kind: 'trip_accepted',
        channel,
        template: 't',
        tripId,
        aboutEventId: systemIds.next(),
      }),
  };
}

describe('GET /api/stream', () => {
  it('without a token, or with unknown parameters, is refused', async () => {
    expect((await gateway.call(openStream.path)).status).toBe(401);
    const headers = { authorization: `Bearer ${await gateway.token(systemIds.next())}` };
    expect((await gateway.call(`${openStream.path}?token=x`, { headers })).status).toBe(422);
    expect((await gateway.call(openStream.path, { method: 'HEAD', headers })).headers.get('content-type')).toContain(
      'text/event-stream',
    );
  });

  it('tells rider and driver how their trip goes on, and nobody else', async () => {
    const ride = newRide();
    const [rider, driver, stranger] = [
      await listen(ride.riderId),
      await listen(ride.driverId),
      await listen(systemIds.next()),
    ];
    await ride.request();
    await ride.offered();
    await until(driver, 1);
    await ride.slotEnds('offer_expired');
    await ride.slotEnds('trip_ended');
    await ride.accept();
    await ride.arrive();
    await ride.start();
    await until(rider, 4);
    await ride.locate();
    await ride.locate(systemIds.next());
    await until(rider, 5);
    await ride.complete();
    await until(rider, 6);
    await ride.locate();
    await ride.notify('email');
    await ride.notify('inbox');
    await until(rider, 7);

    const shown = rider.messages.map(({ event, data }) => [event, data['status']]);
    expect(shown).toEqual([
      ['trip.updated', 'requested'],
      ['trip.updated', 'accepted'],
      ['trip.updated', 'arrived'],
      ['trip.updated', 'in_progress'],
      ['driver.location', undefined],
      ['trip.updated', 'completed'],
      ['notification', undefined],
    ]);
    expect(rider.messages[1]?.data).toMatchObject({ tripId: ride.tripId, version: 2, driverId: ride.driverId });
    expect(rider.messages[4]?.data).toMatchObject({ tripId: ride.tripId, location: point, headingDeg: 90 });
    expect(rider.messages[6]?.data).toMatchObject({ kind: 'trip_accepted', tripId: ride.tripId });
    // offers and trips travel on topics of their own: only within each is there an order
    const of = (kind: string) => driver.messages.filter(({ event }) => event.startsWith(kind));
    expect(of('trip.offer')).toMatchObject([
      { event: 'trip.offer', data: ride.offer },
      { event: 'trip.offer_ended', data: { offerId: ride.offerId, tripId: ride.tripId, reason: 'offer_expired' } },
    ]);
    expect(of('trip.updated').map(({ data }) => data['status'])).toEqual([
      'accepted',
      'arrived',
      'in_progress',
      'completed',
    ]);
    expect(stranger.messages).toEqual([]);
  });

  it('tells a rider of a trip that ends without a driver', async () => {
    const [cancelled, expired] = [newRide(), newRide()];
    const [one, other] = [await listen(cancelled.riderId), await listen(expired.riderId)];
    await cancelled.request();
    await cancelled.cancel();
    await expired.request();
    await expired.expire();
    expect((await until(one, 2))[1]?.data).toMatchObject({
      status: 'cancelled',
      cancelledBy: 'rider',
      reason: 'changed_mind',
    });
    expect((await until(other, 2))[1]?.data).toMatchObject({ status: 'expired', version: 2 });
  });

  it('resumes where it was left, once each, at another gateway and after a restart', async () => {
    const ride = newRide();
    const before = await listen(ride.riderId);
    await ride.request();
    await ride.accept();
    await until(before, 2);
    await before.close();
    await ride.arrive();
    await ride.start();

    const another = await gateway.another();
    const there = await listen(ride.riderId, before.lastId, another.url);
    expect((await until(there, 2)).map(({ data }) => data['status'])).toEqual(['arrived', 'in_progress']);
    await another.close();
    await there.ended;
    expect(there.text).toMatch(/retry: \d+\n\n$/);

    await ride.complete();
    await gateway.restart();
    const back = await listen(ride.riderId, there.lastId);
    expect((await until(back, 1)).map(({ data }) => data['status'])).toEqual(['completed']);
    const again = await listen(ride.riderId, before.messages[0]?.id);
    expect((await until(again, 4)).map(({ data }) => data['version'])).toEqual([2, 3, 4, 5]);
  });

  it('after a restart, still shows the position of a driver whose ride goes on', async () => {
    const ride = newRide();
    await ride.request();
    await ride.accept();
    await gateway.restart();
    const rider = await listen(ride.riderId);
    await eventually(() => (rider.lastId === '' ? undefined : true));
    await ride.locate();
    expect(await until(rider, 1)).toMatchObject([{ event: 'driver.location' }]);
  });

  it('with a nonsensical last id, begins with what is new', async () => {
    const ride = newRide();
    const witness = await listen(ride.riderId);
    await ride.request();
    await until(witness, 1);
    const rider = await listen(ride.riderId, "nonsense'");
    await ride.accept();
    const messages = await until(rider, 1);
    expect(messages.at(-1)?.data).toMatchObject({ status: 'accepted' });
  });

  it('ends when its token does', async () => {
    const stream = await listen(systemIds.next(), undefined, gateway.url, 1);
    await stream.ended;
    expect(stream.text).toMatch(/retry: 2000\n\n$/);
  });

  it('beyond eight of one person ends the oldest, beyond STREAMS_MAX refuses', async () => {
    const userId = systemIds.next();
    const first = await listen(userId);
    for (let count = 0; count < 8; count += 1) await listen(userId);
    await first.ended;
    expect(first.text).toContain('retry: 30000');
    for (let count = 0; count < 4; count += 1) await listen(systemIds.next());
    const refused = await listen(systemIds.next());
    expect(refused.response.status).toBe(503);
  });
});
