import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ADMIN, eventually, goOffline, newDriver, newRider, signIn, succeed } from './support/client.ts';
import type { Actor } from './support/client.ts';
import { crash } from './support/kill.ts';
import { runTool, startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { drive, readTrip, requestTrip, step, untilOffered, untilPayment } from './support/trip.ts';

let platform: Platform;
let rider: Actor;
let driver: Actor;

interface Entry {
  readonly kind: string;
  readonly type: string;
  readonly data: {
    readonly lines?: readonly { readonly account: string; readonly amount: { readonly amount: number } }[];
  };
}

async function payByCard(): Promise<void> {
  const body = { gateway: 'sandbox', token: 'tok_ok' };
  await succeed(platform, 'POST', '/api/payments/methods', { token: rider.token, body });
}

/** Exactly one capture of the whole fare, in the payment, in the ledger and in the flight recorder; one notice. */
async function expectPaidOnce(tripId: string, fare: number): Promise<void> {
  const payment = await untilPayment(platform, rider, tripId, ['captured']);
  expect(payment.captured.amount).toBe(fare);
  const admin = await signIn(platform, ADMIN);
  const entries = await eventually('the flight recorder', async () => {
    const target = `/api/trips/${tripId}/timeline`;
    const timeline = await succeed<{ entries: Entry[] }>(platform, 'GET', target, { token: admin.token });
    const types = timeline.entries.map(({ type }) => type);
    return types.includes('payment.captured') && types.includes('notification.sent') ? timeline.entries : undefined;
  });
  expect(entries.filter(({ type }) => type === 'payment.captured')).toHaveLength(1);
  expect(entries.filter(({ type }) => type === 'trip.completed')).toHaveLength(1);
  const taken = entries
    .flatMap(({ data }) => data.lines ?? [])
    .filter(({ account }) => /^(?:gateway|cash):/.test(account))
    .reduce((sum, { amount }) => sum + amount.amount, 0);
  expect(taken).toBe(fare);
  const notices = await eventually('the receipt', async () => {
    const inbox = await succeed<{ items: { kind: string; tripId: string }[] }>(platform, 'GET', '/api/notifications', {
      token: rider.token,
    });
    const receipts = inbox.items.filter((notice) => notice.tripId === tripId && notice.kind === 'trip_completed');
    return receipts.length > 0 ? receipts : undefined;
  });
  expect(notices).toHaveLength(1);
}

beforeAll(async () => {
  platform = await startPlatform();
}, 150_000);

beforeEach(async () => {
  rider = await newRider(platform);
  driver = await newDriver(platform);
});

afterEach(async () => {
  await goOffline(platform, driver);
});

describe('a ride goes on after a kill -9', () => {
  it('of the trip service, in the middle of each step', async () => {
    await payByCard();
    const requested = await requestTrip(platform, rider);
    const { offerId } = await untilOffered(platform, driver, requested.id);
    const through = async (body: Readonly<Record<string, unknown>>) => {
      // the request is on its way when the process dies; it is sent again under its key
      const [trip] = await Promise.all([step(platform, driver, requested.id, body), crash(platform, 'trip')]);
      return trip;
    };
    expect(await through({ status: 'accepted', offerId })).toMatchObject({ status: 'accepted', driverId: driver.id });
    await step(platform, driver, requested.id, { status: 'arrived' });
    const { startCode } = await readTrip(platform, rider, requested.id);
    await step(platform, driver, requested.id, { status: 'in_progress', startCode });
    const trip = await through({ status: 'completed' });
    expect(trip).toMatchObject({ status: 'completed', version: 5 });
    await expectPaidOnce(trip.id, requested.fare.amount);
  });

  it('of the payment service between hold and capture, and again during the capture', async () => {
    await payByCard();
    const requested = await requestTrip(platform, rider);
    await untilPayment(platform, rider, requested.id, ['authorized']);
    const offer = await untilOffered(platform, driver, requested.id);
    await crash(platform, 'payment');
    const trip = await drive(platform, rider, driver, offer);
    await crash(platform, 'payment');
    await expectPaidOnce(trip.id, requested.fare.amount);
  });

  it('of the driver service while its offer is open', async () => {
    const requested = await requestTrip(platform, rider);
    const offer = await untilOffered(platform, driver, requested.id);
    await crash(platform, 'driver');
    const trip = await drive(platform, rider, driver, offer);
    await expectPaidOnce(trip.id, requested.fare.amount);
  });

  it('of the notification service, and everybody is told once', async () => {
    const requested = await requestTrip(platform, rider);
    const offer = await untilOffered(platform, driver, requested.id);
    const [trip] = await Promise.all([drive(platform, rider, driver, offer), crash(platform, 'notification')]);
    await expectPaidOnce(trip.id, requested.fare.amount);
  });

  it('and leaves nothing that the auditor would find', async () => {
    const audit = await runTool(platform, 'apps/auditor/src/main.ts', ['--settle-ms', '10000']);
    expect({ exitCode: audit.exitCode, output: audit.exitCode === 0 ? '' : audit.all }).toEqual({
      exitCode: 0,
      output: '',
    });
  });
});
