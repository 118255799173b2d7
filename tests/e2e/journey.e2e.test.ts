import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN, eventually, goOffline, newDriver, newRider, send, signIn, succeed } from './support/client.ts';
import type { Actor } from './support/client.ts';
import { startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { drive, readTrip, requestTrip, step, untilOffered, untilPayment } from './support/trip.ts';

let platform: Platform;
let drivers: Actor[] = [];

async function hire(): Promise<Actor> {
  const driver = await newDriver(platform);
  drivers.push(driver);
  return driver;
}

beforeAll(async () => {
  platform = await startPlatform();
}, 150_000);

afterEach(async () => {
  for (const driver of drivers) await goOffline(platform, driver);
  drivers = [];
});

describe('a ride in cash', () => {
  it('goes from the quote to the receipt, the ledger and the notice', async () => {
    const rider = await newRider(platform);
    const driver = await hire();
    const requested = await requestTrip(platform, rider);
    expect(requested).toMatchObject({ status: 'requested', version: 1, driverId: null });

    const trip = await drive(platform, rider, driver, await untilOffered(platform, driver, requested.id));
    expect(trip).toMatchObject({ status: 'completed', driverId: driver.id, fare: requested.fare });

    const receipt = await succeed<{
      total: { amount: number };
      quoted: { amount: number };
      lines: { amount: { amount: number } }[];
    }>(platform, 'GET', `/api/trips/${trip.id}/receipt`, { token: rider.token });
    expect(receipt.quoted).toEqual(requested.fare);
    expect(receipt.lines.reduce((sum, { amount }) => sum + amount.amount, 0)).toBe(receipt.total.amount);

    const payment = await untilPayment(platform, rider, trip.id, ['captured']);
    expect(payment).toMatchObject({ captured: receipt.total, method: { kind: 'cash' } });

    await eventually('the notice', async () => {
      const target = '/api/notifications';
      const { items } = await succeed<{ items: { kind: string; tripId: string }[] }>(platform, 'GET', target, {
        token: rider.token,
      });
      return items.find(({ kind, tripId }) => kind === 'trip_completed' && tripId === trip.id);
    });

    const admin = await signIn(platform, ADMIN);
    await eventually('the flight recorder', async () => {
      const { entries } = await succeed<{
        entries: { type: string; data: { lines?: { amount: { amount: number } }[] } }[];
      }>(platform, 'GET', `/api/trips/${trip.id}/timeline`, { token: admin.token });
      const types = entries.map(({ type }) => type);
      const journal = entries.find(({ type }) => type === 'ledger.journal');
      if (!journal || !types.includes('notification.sent')) return undefined;
      expect(journal.data.lines?.reduce((sum, { amount }) => sum + amount.amount, 0)).toBe(0);
      expect(types).toEqual(
        expect.arrayContaining(['trip.requested', 'trip.accepted', 'trip.arrived', 'trip.started', 'trip.completed']),
      );
      return entries;
    });
  });
});

describe('a ride by card', () => {
  it('holds the fare, captures it at the end and gives it back in two refunds, but not more', async () => {
    const rider = await newRider(platform);
    const driver = await hire();
    await succeed(platform, 'POST', '/api/payments/methods', {
      token: rider.token,
      body: { gateway: 'sandbox', token: 'tok_ok' },
    });
    const requested = await requestTrip(platform, rider);
    const held = await untilPayment(platform, rider, requested.id, ['authorized']);
    expect(held).toMatchObject({ captured: { amount: 0 }, method: { kind: 'card' } });

    await drive(platform, rider, driver, await untilOffered(platform, driver, requested.id));
    const payment = await untilPayment(platform, rider, requested.id, ['captured']);
    expect(payment.captured).toEqual(requested.fare);

    const admin = await signIn(platform, ADMIN);
    const refund = (amount?: number) =>
      send(platform, 'POST', '/api/payments/refund', {
        token: admin.token,
        body: {
          paymentId: payment.id,
          reason: 'a test',
          ...(amount === undefined ? {} : { amount: { ...requested.fare, amount } }),
        },
      });
    expect(await refund(100)).toMatchObject({ status: 201 });
    expect(await refund(requested.fare.amount)).toMatchObject({
      status: 409,
      body: { code: 'REFUND_EXCEEDS_CAPTURE' },
    });
    expect(await refund()).toMatchObject({ status: 201 });
    const refunded = await untilPayment(platform, rider, requested.id, ['refunded']);
    expect(refunded.refunded).toEqual(payment.captured);
  });

  it('is cancelled by the platform when the card is refused', async () => {
    const rider = await newRider(platform);
    await succeed(platform, 'POST', '/api/payments/methods', {
      token: rider.token,
      body: { gateway: 'sandbox', token: 'tok_declined' },
    });
    const { id } = await requestTrip(platform, rider);
    const trip = await eventually('the cancellation', async () => {
      const seen = await readTrip(platform, rider, id);
      return seen.status === 'cancelled' ? seen : undefined;
    });
    expect(trip).toMatchObject({ cancelledBy: 'system', cancelReason: 'payment_failed' });
  });

  it('is captured once when the answer to the hold was lost', async () => {
    const rider = await newRider(platform);
    const driver = await hire();
    await succeed(platform, 'POST', '/api/payments/methods', {
      token: rider.token,
      body: { gateway: 'sandbox', token: 'tok_timeout_after' },
    });
    const requested = await requestTrip(platform, rider);
    await drive(platform, rider, driver, await untilOffered(platform, driver, requested.id));
    const payment = await untilPayment(platform, rider, requested.id, ['captured']);
    expect(payment.captured).toEqual(requested.fare);
  });
});

describe('an offer', () => {
  it('that is declined goes to the next driver and never back', async () => {
    const rider = await newRider(platform);
    const first = await hire();
    const requested = await requestTrip(platform, rider);
    const offer = await untilOffered(platform, first, requested.id);
    const declined = await send(platform, 'POST', `/api/trips/${requested.id}/offers/${offer.offerId}/decline`, {
      token: first.token,
    });
    expect(declined.status).toBe(204);

    const second = await hire();
    const again = await untilOffered(platform, second, requested.id);
    expect(again.offerId).not.toBe(offer.offerId);
    const late = await send(platform, 'PUT', `/api/trips/${requested.id}/status`, {
      token: first.token,
      body: { status: 'accepted', offerId: offer.offerId },
    });
    expect(late).toMatchObject({ status: 409, body: { code: 'OFFER_NOT_AVAILABLE' } });
    await drive(platform, rider, second, again);
  });
});

describe('a cancellation', () => {
  it('by the rider before a driver is found costs nothing and frees the rider', async () => {
    const rider = await newRider(platform);
    const { id } = await requestTrip(platform, rider);
    const second = await send(platform, 'POST', '/api/trips', {
      token: rider.token,
      body: { pickupLat: 41.15, pickupLng: -8.61, destinationLat: 41.16, destinationLng: -8.63 },
    });
    expect(second).toMatchObject({ status: 409, body: { code: 'RIDER_HAS_ACTIVE_TRIP' } });
    expect(await step(platform, rider, id, { status: 'cancelled', reason: 'changed_my_mind' })).toMatchObject({
      status: 'cancelled',
    });
    const next = await requestTrip(platform, rider);
    await step(platform, rider, next.id, { status: 'cancelled' });
  });

  it('after the acceptance frees the driver for the next ride', async () => {
    const rider = await newRider(platform);
    const driver = await hire();
    const first = await requestTrip(platform, rider);
    const offer = await untilOffered(platform, driver, first.id);
    await step(platform, driver, first.id, { status: 'accepted', offerId: offer.offerId });
    await step(platform, rider, first.id, { status: 'cancelled' });
    const second = await requestTrip(platform, rider);
    await drive(platform, rider, driver, await untilOffered(platform, driver, second.id));
  });
});
