import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  paymentFailed,
  paymentRefunded,
  tripAccepted,
  tripArrived,
  tripCancelled,
  tripCompleted,
  tripExpired,
  userDeactivated,
} from '@rideshare/contracts';
import { systemIds } from '@rideshare/kernel/system';
import { eventually, testKeys } from '@rideshare/testing';
import { notificationConfig } from '../src/config.ts';
import { startNotification } from './support/running-notification.ts';
import type { RunningNotification } from './support/running-notification.ts';

interface Item {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly tripId: string;
}

const at = '2026-03-01T08:30:00.000Z';
const eur = (amount: number) => ({ amount, currency: 'EUR' });
let running: RunningNotification;

beforeAll(async () => {
  running = await startNotification();
});
afterAll(async () => {
  await running.close();
});

async function inbox(userId: string, query = ''): Promise<{ items: Item[]; nextCursor: string | null }> {
  const answer = await running
    .get(`/api/notifications${query}`, userId)
    .set('authorization', `Bearer ${await running.token(userId)}`)
    .expect(200);
  return answer.body as { items: Item[]; nextCursor: string | null };
}

const untilTold = (userId: string, count: number) =>
  eventually(async () => {
    const { items } = await inbox(userId);
    return items.length >= count ? items : undefined;
  });

function accepted(riderId: string, tripId = systemIds.next()) {
  return { tripId, riderId, driverId: systemIds.next(), offerId: systemIds.next(), slotEpoch: 1, acceptedAt: at };
}

function completed(riderId: string, driverId: string, tripId = systemIds.next()) {
  const ids = {
    tripId,
    riderId,
    driverId,
    offerId: systemIds.next(),
    quoteId: systemIds.next(),
    paymentMethodId: null,
  };
  const ride = { distanceM: 2_000, durationS: 300, tariffVersion: 'porto.v1', completedAt: at };
  return { ...ids, ...ride, quoted: eur(500), total: eur(500), lines: [{ kind: 'base' as const, amount: eur(500) }] };
}

describe('a notice', () => {
  it('reaches the inbox and the channels the person agreed to, once, however often its event comes', async () => {
    const rider = await running.person();
    const driver = await running.person({ email: false, sms: false, push: false });
    const trip = completed(rider, driver);
    const eventId = await running.publish(tripCompleted, trip, 1);
    await running.publish(tripCompleted, trip, 1, eventId);
    expect(await untilTold(rider, 1)).toMatchObject([
      { kind: 'trip_completed', title: 'Your receipt', tripId: trip.tripId },
    ]);
    expect(await untilTold(driver, 1)).toMatchObject([{ kind: 'trip_completed', title: 'Trip completed' }]);

    const sent = await eventually(async () => {
      const { rows } = await running.database.query<{ channel: string; state: string }>(
        'select channel, state from messages where user_id = $1 order by channel',
        [rider],
      );
      return rows.every(({ state }) => state === 'sent') ? rows : undefined;
    });
    expect(sent.map(({ channel }) => channel)).toEqual(['email', 'inbox', 'push']);
    expect(readdirSync(running.mailbox).filter((name) => name.endsWith('.eml'))).toHaveLength(1);
    const published = await eventually(async () => {
      const { rows } = await running.database.query<{ channel: string }>(
        `select envelope -> 'data' ->> 'channel' as channel from event_log.records
         where type = 'notification.sent' and envelope -> 'data' ->> 'userId' = $1`,
        [rider],
      );
      return rows.length >= 3 ? rows : undefined;
    });
    expect(published.map(({ channel }) => channel).toSorted()).toEqual(['email', 'inbox', 'push']);
  });

  it('tells of every turn that a trip and its money take', async () => {
    const rider = await running.person(undefined, 'pt');
    const tripId = systemIds.next();
    const trip = accepted(rider, tripId);
    const { driverId, offerId } = trip;
    await running.person();
    await running.publish(tripAccepted, trip, 1);
    await running.publish(tripArrived, { tripId, riderId: rider, driverId, arrivedAt: at }, 2);
    const cancelled = { from: 'arrived', cancelledBy: 'rider', reason: 'late', policyVersion: 'porto.v1' } as const;
    const times = { acceptedAt: at, arrivedAt: at, cancelledAt: at };
    const parties = { tripId, riderId: rider, driverId: null, offerId, paymentMethodId: null };
    await running.publish(tripCancelled, { ...parties, ...cancelled, ...times, fee: eur(250) }, 3);
    const expired = { tripId: systemIds.next(), riderId: rider, paymentMethodId: null, expiredAt: at };
    await running.publish(tripExpired, expired, 1);
    const payment = { paymentId: systemIds.next(), tripId, riderId: rider };
    const failure = { op: 'capture', code: 'DECLINED', outstanding: eur(250), journal: null } as const;
    await running.publish(paymentFailed, { ...payment, ...failure }, 1);
    const journal = { journalId: systemIds.next(), lines: [] };
    const refund = {
      refundId: systemIds.next(),
      driverId: null,
      amount: eur(250),
      refunded: eur(250),
      driverShare: eur(0),
    };
    await running.publish(paymentRefunded, { ...payment, ...refund, journal }, 2);
    const items = await untilTold(rider, 6);
    expect(items.map(({ kind }) => kind).toSorted()).toEqual([
      'driver_arrived',
      'payment_failed',
      'refund',
      'trip_accepted',
      'trip_cancelled',
      'trip_expired',
    ]);
    expect(items.find(({ kind }) => kind === 'refund')?.title).toBe('Reembolso');
  });

  it('waits for an account that has not been heard of, and stays inside for a closed one', async () => {
    const closed = await running.person();
    await running.publish(userDeactivated, { userId: closed, by: 'self' }, 2);
    await eventually(async () => {
      const { rows } = await running.database.query('select from contacts where user_id = $1 and not active', [closed]);
      return rows.length > 0 ? true : undefined;
    });
    const trip = accepted(closed);
    await running.publish(tripAccepted, trip, 1);
    await untilTold(closed, 1);
    const { rows } = await running.database.query<{ channel: string }>(
      'select channel from messages where user_id = $1',
      [closed],
    );
    expect(rows).toEqual([{ channel: 'inbox' }]);

    const eventId = await running.publish(tripAccepted, accepted(systemIds.next()), 1);
    const waiting = await eventually(async () => {
      const retries = await running.database.query<{ code: string }>(
        'select code from event_retries where event_id = $1',
        [eventId],
      );
      return retries.rows[0];
    });
    expect(waiting.code).toBe('CONTACT_UNKNOWN');
  });
});

describe('GET /api/notifications', () => {
  it('pages newest first and shows nobody else’s', async () => {
    const rider = await running.person();
    const other = await running.person();
    for (let count = 1; count <= 3; count += 1) {
      await running.publish(tripAccepted, accepted(rider), 1);
      await untilTold(rider, count);
    }
    const first = await inbox(rider, '?limit=2');
    expect(first.items).toHaveLength(2);
    const second = await inbox(rider, `?limit=2&cursor=${first.nextCursor ?? ''}`);
    expect(second).toMatchObject({ nextCursor: null });
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect((await inbox(other)).items).toEqual([]);
  });

  it.each([
    ['?cursor=nonsense', 422],
    ['?limit=0', 422],
    ['?what=1', 422],
  ])('refuses %s with %p', async (query, status) => {
    const token = await running.token(systemIds.next());
    await running.get(`/api/notifications${query}`, '').set('authorization', `Bearer ${token}`).expect(status);
  });

  it('refuses a caller without a token', async () => {
    await running.get('/api/notifications', '').expect(401);
  });
});

describe('the service', () => {
  it('is ready, shows its backlog and answers under its own name', async () => {
    await running.get('/health/ready', '').expect(200);
    const metrics = await running.get('/metrics', '').expect(200);
    expect(metrics.text).toContain('notifications_delivered_total{channel="email"');
    expect(metrics.text).toContain('service="notification"');
  });

  it('refuses a development mailbox in production', () => {
    const keys = testKeys();
    const env = { ENVIRONMENT: 'production', MAILBOX_DIR: '/tmp', DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' };
    const refused = expect.objectContaining({ code: 'CONFIG_INVALID' });
    expect(() => notificationConfig.load({ ...env, ...keys.environment('notification') })).toThrow(refused);
    keys.dispose();
  });
});
