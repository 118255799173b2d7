import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  paymentCaptured,
  paymentRefunded,
  tripAccepted,
  tripCancelled,
  tripCompleted,
  tripExpired,
  tripRated,
  userDeactivated,
  userUpdated,
} from '@rideshare/contracts';
import { reservation, uuid } from './support/builders.ts';
import { bearer, eventually, startDriver } from './support/running-driver.ts';
import type { Person, RunningDriver } from './support/running-driver.ts';

let h: RunningDriver;

beforeAll(async () => {
  h = await startDriver({ env: { SETTLE_MS: '1000', SLOT_RECHECK_MS: '1000' } });
});

afterAll(async () => {
  await h.close();
});

const EUR = (amount: number) => ({ amount, currency: 'EUR' });

interface Ride {
  readonly driver: Person;
  readonly rider: Person;
  readonly offer: ReturnType<typeof reservation>;
}

async function offered(more: { ttlMs?: number } = {}): Promise<Ride> {
  const [driver, rider] = [await h.available(), await h.person()];
  const offer = reservation(driver.id, { riderId: rider.id, ...more });
  expect(await h.reserve({ ...offer })).toMatchObject([{ outcome: 'reserved', reason: null, epoch: 2 }]);
  return { driver, rider, offer };
}

async function accepted(): Promise<Ride> {
  const ride = await offered();
  expect(await h.confirm(ride.offer)).toEqual({ outcome: 'confirmed', epoch: 3 });
  return ride;
}

async function announceAccepted({ driver, rider, offer }: Ride): Promise<void> {
  const acceptedAt = new Date().toISOString();
  const { tripId, offerId } = offer;
  const parties = { tripId, riderId: rider.id, driverId: driver.id };
  await h.publish(tripAccepted, { ...parties, offerId, slotEpoch: 3, acceptedAt }, 1);
}

function completedData({ driver, rider, offer }: Ride) {
  return {
    tripId: offer.tripId,
    riderId: rider.id,
    driverId: driver.id,
    offerId: offer.offerId,
    paymentMethodId: null,
    quoteId: uuid(),
    quoted: EUR(1_250),
    lines: [{ kind: 'base' as const, amount: EUR(1_250) }],
    total: EUR(1_250),
    distanceM: 3_000,
    durationS: 600,
    tariffVersion: 'porto-1',
    completedAt: new Date().toISOString(),
  };
}

function cancelledData({ driver, rider, offer }: Ride, cancelledBy: 'rider' | 'driver') {
  return {
    tripId: offer.tripId,
    riderId: rider.id,
    driverId: driver.id,
    offerId: offer.offerId,
    paymentMethodId: null,
    from: 'accepted' as const,
    cancelledBy,
    reason: 'changed_plans',
    fee: EUR(0),
    policyVersion: 'porto-1',
    acceptedAt: new Date().toISOString(),
    arrivedAt: null,
    cancelledAt: new Date().toISOString(),
  };
}

async function statusOf(driver: Person): Promise<string> {
  const { body } = await h.request.get(`/api/drivers/${driver.id}`).set(bearer(driver.token)).expect(200);
  return body.status as string;
}

async function figuresOf(driver: Person): Promise<Record<string, unknown>> {
  const answer = await h.request.get(`/api/drivers/${driver.id}/metrics`).set(bearer(driver.token)).expect(200);
  return answer.body as Record<string, unknown>;
}

async function slotOf(driver: Person) {
  const { rows } = await h.database.query<{ state: string; settled: boolean; epoch: number; suspended: boolean }>(
    'select state, settled, epoch, suspended from driver_slots where driver_id = $1',
    [driver.id],
  );
  return rows[0]!;
}

describe('an offer', () => {
  it('is shown to its driver and to nobody else', async () => {
    const { driver, rider, offer } = await offered();
    const url = `/api/drivers/${driver.id}/offers`;
    const { body } = await h.request.get(url).set(bearer(driver.token)).expect(200);
    expect(body.items).toMatchObject([{ offerId: offer.offerId, tripId: offer.tripId, earnings: EUR(1_000) }]);
    expect(Object.keys(body.items[0]).toSorted()).toEqual(
      ['destination', 'earnings', 'expiresAt', 'fare', 'offerId', 'pickup', 'pickupEtaS', 'tripId'].toSorted(),
    );
    await h.request.get(url).set(bearer(rider.token)).expect(404);
    await h.request.get(`/api/drivers/${rider.id}/offers`).set(bearer(rider.token)).expect(404);
  });

  it('declined, ends; repeated, says so again', async () => {
    const { driver, offer } = await offered();
    const decline = async (key: object) =>
      (
        await h.request
          .post('/internal/slots/decline')
          .set(bearer(await h.serviceToken()))
          .send(key)
          .expect(200)
      ).body as unknown;
    const { driverId, tripId, offerId } = offer;
    expect(await decline({ driverId, tripId, offerId: uuid() })).toEqual({ outcome: 'refused' });
    expect(await decline({ driverId, tripId, offerId })).toEqual({ outcome: 'declined' });
    expect(await decline({ driverId, tripId, offerId })).toEqual({ outcome: 'declined' });
    const { body } = await h.request.get(`/api/drivers/${driver.id}/offers`).set(bearer(driver.token)).expect(200);
    expect(body.items).toEqual([]);
    expect(await figuresOf(driver)).toMatchObject({ offers: 1, declined: 1, acceptanceRate: 0 });
  });

  it('left alone, is ended by the sweep and cannot be accepted', async () => {
    const { driver, offer } = await offered({ ttlMs: 50 });
    await eventually(async () => {
      expect(await statusOf(driver)).toBe('available');
    });
    expect(await h.confirm(offer)).toEqual({ outcome: 'refused', epoch: null });
    expect(await figuresOf(driver)).toMatchObject({ offers: 1, expired: 1 });
  });

  it('while it is open, keeps its driver available, and is withdrawn by going offline', async () => {
    const { driver, offer } = await offered();
    expect((await h.setStatus(driver, 'available').expect(200)).body).toMatchObject({ status: 'offered' });
    expect((await h.setStatus(driver, 'offline').expect(200)).body).toMatchObject({ status: 'offline' });
    expect(await h.confirm(offer)).toMatchObject({ outcome: 'refused' });
  });

  it('is refused to people, whatever their role', async () => {
    const admin = await h.person('admin');
    for (const path of ['reserve', 'confirm', 'decline', 'release']) {
      await h.request.post(`/internal/slots/${path}`).set(bearer(admin.token)).send({}).expect(401);
    }
  });
});

describe('an assignment', () => {
  it('keeps its driver from changing status', async () => {
    const { driver } = await accepted();
    for (const status of ['available', 'offline'] as const) {
      expect((await h.setStatus(driver, status).expect(409)).body).toMatchObject({ code: 'DRIVER_ON_TRIP' });
    }
  });

  it('lets the rider see the public side of the driver, at once and afterwards', async () => {
    const ride = await accepted();
    const look = () => h.request.get(`/api/drivers/${ride.driver.id}`).set(bearer(ride.rider.token));
    const { body } = await look().expect(200);
    expect(body).toMatchObject({ id: ride.driver.id, status: 'assigned' });
    expect(body).not.toHaveProperty('documents');
    await announceAccepted(ride);
    await h.publish(tripCompleted, completedData(ride), 5);
    await eventually(async () => {
      expect(await statusOf(ride.driver)).toBe('available');
    });
    await look().expect(200);
  });

  it('whose trip announces it, is settled without a question', async () => {
    const assign = h.neighbours.assign;
    h.neighbours.assign = () => Promise.reject(new Error('nobody is to be asked'));
    const ride = await accepted();
    await announceAccepted(ride);
    await eventually(async () => {
      expect(await slotOf(ride.driver)).toMatchObject({ state: 'assigned', settled: true, epoch: 3 });
    });
    h.neighbours.assign = assign;
  });

  it('whose trip never heard of it, is released by the sweep', async () => {
    const ride = await accepted();
    const assign = h.neighbours.assign;
    h.neighbours.assign = ({ tripId }) => Promise.resolve(tripId === ride.offer.tripId ? 'refused' : 'held');
    await eventually(async () => {
      expect(await slotOf(ride.driver)).toMatchObject({ state: 'available', epoch: 4 });
    });
    h.neighbours.assign = assign;
  });

  it('whose trip ended unheard, is cleared by the sweep', async () => {
    const ride = await accepted();
    await announceAccepted(ride);
    const standing = h.neighbours.standing;
    h.neighbours.standing = (tripId) => Promise.resolve(tripId === ride.offer.tripId ? 'unknown' : 'active');
    await eventually(async () => {
      expect(await slotOf(ride.driver)).toMatchObject({ state: 'available', epoch: 4 });
    });
    h.neighbours.standing = standing;
  });

  it('refused by its trip, is released at its epoch', async () => {
    const { driver, offer } = await accepted();
    const release = async (epoch: number) =>
      (
        await h.request
          .post('/internal/slots/release')
          .set(bearer(await h.serviceToken()))
          .send({ driverId: driver.id, tripId: offer.tripId, epoch })
          .expect(200)
      ).body as unknown;
    expect(await release(2)).toEqual({ outcome: 'refused' });
    expect(await release(3)).toEqual({ outcome: 'released' });
    expect(await statusOf(driver)).toBe('available');
  });
});

describe('the end of a trip', () => {
  it('frees the driver, overtaking what came before, and counts', async () => {
    const ride = await accepted();
    await h.publish(tripCancelled, cancelledData(ride, 'driver'), 7);
    await eventually(async () => {
      expect(await statusOf(ride.driver)).toBe('available');
    });
    expect(await figuresOf(ride.driver)).toMatchObject({ cancelled: 1, accepted: 1, completionRate: 0 });
  });

  it('before anybody accepted, withdraws the offer', async () => {
    const { driver, rider, offer } = await offered();
    const data = {
      tripId: offer.tripId,
      riderId: rider.id,
      paymentMethodId: null,
      expiredAt: new Date().toISOString(),
    };
    await h.publish(tripExpired, data, 2);
    await eventually(async () => {
      expect(await statusOf(driver)).toBe('available');
    });
  });

  it('brings ratings and earnings, each once', async () => {
    const ride = await accepted();
    const { tripId } = ride.offer;
    const parties = { tripId, riderId: ride.rider.id, driverId: ride.driver.id };
    await h.publish(tripCompleted, completedData(ride), 5);
    const rating = { ...parties, tags: [], comment: null };
    await h.publish(tripRated, { ...rating, by: 'rider', stars: 4 }, 6);
    await h.publish(tripRated, { ...rating, by: 'driver', stars: 1 }, 7);
    const paymentId = uuid();
    const journal = { journalId: uuid(), lines: [] };
    const payment = { paymentId, ...parties, journal };
    const captured = { ...payment, kind: 'fare', method: 'card', amount: EUR(1_250), driverShare: EUR(1_000) } as const;
    await h.publish(paymentCaptured, captured, 1);
    const refund = { ...payment, refundId: uuid(), amount: EUR(250), refunded: EUR(250), driverShare: EUR(200) };
    await h.publish(paymentRefunded, refund, 2);
    await eventually(async () => {
      expect(await figuresOf(ride.driver)).toMatchObject({
        offers: 1,
        accepted: 1,
        acceptanceRate: 1,
        completed: 1,
        completionRate: 1,
        rating: 4,
        ratings: 1,
        earnings: [EUR(800)],
      });
    });
    await h.request.get(`/api/drivers/${ride.driver.id}/metrics`).set(bearer(ride.rider.token)).expect(404);
    const admin = await h.person('admin');
    await h.request.get(`/api/drivers/${ride.driver.id}/metrics`).set(bearer(admin.token)).expect(200);
    await h.request.get(`/api/drivers/${admin.id}/metrics`).set(bearer(admin.token)).expect(404);
    const { body } = await h.request.get(`/api/drivers/${ride.driver.id}`).set(bearer(ride.rider.token)).expect(200);
    expect(body).toMatchObject({ rating: 4 });
  });

  it('paid without a driver, earns nobody anything', async () => {
    const parties = { paymentId: uuid(), tripId: uuid(), riderId: uuid(), driverId: null };
    const journal = { journalId: uuid(), lines: [] };
    const fee = { kind: 'cancellation_fee', method: 'card', amount: EUR(250), driverShare: EUR(0) } as const;
    await h.publish(paymentCaptured, { ...parties, ...fee, journal }, 1);
    const refund = { refundId: uuid(), amount: EUR(250), refunded: EUR(250), driverShare: EUR(0) };
    await h.publish(paymentRefunded, { ...parties, ...refund, journal }, 2);
    await eventually(async () => {
      const { rows } = await h.database.query(`select 1 from event_log.consumer_offsets where group_name = 'driver'`);
      expect(rows.length).toBeGreaterThan(0);
    });
  });
});

describe('an account', () => {
  const profile = (userId: string, status: 'active' | 'suspended') => ({
    userId,
    email: 'driver@example.com',
    firstName: 'Ana',
    lastName: 'Alves',
    phone: null,
    roles: ['rider' as const, 'driver' as const],
    status,
    language: 'pt',
    notifications: { email: true, sms: false, push: false },
  });

  it('suspended, is taken offline; lifted, may go available again', async () => {
    const driver = await h.available();
    await h.publish(userUpdated, profile(driver.id, 'suspended'), 1);
    await eventually(async () => {
      expect(await statusOf(driver)).toBe('offline');
    });
    expect((await h.setStatus(driver, 'available').expect(409)).body).toMatchObject({ code: 'DRIVER_SUSPENDED' });
    await h.publish(userUpdated, profile(driver.id, 'active'), 2);
    await eventually(async () => {
      await h.setStatus(driver, 'available').expect(200);
    });
  });

  it('closed while on a trip, ends the trip first and then stays offline', async () => {
    const ride = await accepted();
    await h.publish(userDeactivated, { userId: ride.driver.id, by: 'self' }, 1);
    await eventually(async () => {
      expect(await slotOf(ride.driver)).toMatchObject({ suspended: true });
    });
    expect(await statusOf(ride.driver)).toBe('assigned');
    await h.publish(tripCancelled, cancelledData(ride, 'rider'), 3);
    await eventually(async () => {
      expect(await statusOf(ride.driver)).toBe('offline');
    });
    expect(await figuresOf(ride.driver)).toMatchObject({ cancelled: 1, completionRate: null });
  });
});

describe('documents that lapse', () => {
  it('take an available driver offline and let one on a trip finish', async () => {
    const [free, ride] = [await h.available(), await accepted()];
    await h.database.query(
      `update driver_documents set expires_on = current_date - 1 where type = 'insurance' and driver_id = any ($1)`,
      [[free.id, ride.driver.id]],
    );
    await eventually(async () => {
      expect(await statusOf(free)).toBe('offline');
    });
    const { body } = await h.request.get(`/api/drivers/${free.id}`).set(bearer(free.token)).expect(200);
    expect(body).toMatchObject({ verification: 'expired' });
    await eventually(async () => {
      const { rows } = await h.database.query('select 1 from driver_slots where driver_id = $1 and pending_offline', [
        ride.driver.id,
      ]);
      expect(rows).toHaveLength(1);
    });
    expect(await statusOf(ride.driver)).toBe('assigned');
    await h.publish(tripCompleted, completedData(ride), 5);
    await eventually(async () => {
      expect(await statusOf(ride.driver)).toBe('offline');
    });
    expect(await figuresOf(ride.driver)).toMatchObject({ completed: 1 });
  });
});
