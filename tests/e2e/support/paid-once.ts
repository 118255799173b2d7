import { expect } from '@jest/globals';
import { eventually, succeed } from './client.ts';
import type { Actor } from './client.ts';
import { look } from './gate.ts';
import type { Platform } from './platform.ts';
import type { Ride } from './saga.ts';
import { untilPayment } from './trip.ts';

/** What the gateway has done for a trip, and how often. */
export async function doneByGateway(platform: Platform, { trip }: Pick<Ride, 'trip'>): Promise<Record<string, number>> {
  const rows = await look<{ kind: string; count: string }>(
    platform,
    `select s.kind, count(*) from payment.sandbox_operations s join payment.payment_ops o on o.psp_key = s.key
     join payment.payments p on p.id = o.payment_id where p.trip_id = $1 and s.state = 'done' group by s.kind`,
    [trip.id],
  );
  return Object.fromEntries(rows.map(({ count, kind }) => [kind, Number(count)]));
}

interface Entry {
  readonly type: string;
  readonly data: { lines?: { readonly account: string; readonly amount: { readonly amount: number } }[] };
}

async function flightRecorderOf(platform: Platform, admin: Actor, { trip }: Ride): Promise<Entry[]> {
  return eventually('the flight recorder', async () => {
    const target = `/api/trips/${trip.id}/timeline`;
    const timeline = await succeed<{ entries: Entry[] }>(platform, 'GET', target, { token: admin.token });
    const types = timeline.entries.map(({ type }) => type);
    return types.includes('payment.captured') && types.includes('notification.sent') ? timeline.entries : undefined;
  });
}

async function receiptsOf(platform: Platform, { rider, trip }: Ride): Promise<unknown[]> {
  return eventually('the receipt', async () => {
    const target = '/api/notifications';
    const inbox = await succeed<{ items: { kind: string; tripId: string }[] }>(platform, 'GET', target, {
      token: rider.token,
    });
    const receipts = inbox.items.filter((notice) => notice.tripId === trip.id && notice.kind === 'trip_completed');
    return receipts.length > 0 ? receipts : undefined;
  });
}

/** One capture of the whole fare, in the payment, at the gateway, in the ledger and in the flight recorder; one notice. */
export async function expectPaidOnce(platform: Platform, admin: Actor, ride: Ride): Promise<void> {
  const { rider, trip } = ride;
  const payment = await untilPayment(platform, rider, trip.id, ['captured']);
  expect(payment.captured.amount).toBe(trip.fare.amount);
  expect(await doneByGateway(platform, ride)).toEqual({ authorize: 1, capture: 1 });
  const entries = await flightRecorderOf(platform, admin, ride);
  for (const type of ['trip.requested', 'trip.accepted', 'trip.completed', 'payment.captured']) {
    expect(entries.filter((entry) => entry.type === type)).toHaveLength(1);
  }
  const taken = entries
    .flatMap(({ data }) => data.lines ?? [])
    .filter(({ account }) => /^(?:gateway|cash):/.test(account))
    .reduce((sum, { amount }) => sum + amount.amount, 0);
  expect(taken).toBe(trip.fare.amount);
  expect(await receiptsOf(platform, ride)).toHaveLength(1);
}
