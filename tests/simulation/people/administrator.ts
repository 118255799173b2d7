import { listPayments, refundPayment } from '@rideshare/contracts';
import type { Acknowledged, Person } from './person.ts';

/** Gives money back now and then: in whole, in part, and more often than there is money to give. */
export async function administer(
  admin: Person,
  acknowledged: readonly Acknowledged[],
  isOpen: () => boolean,
): Promise<void> {
  const { random } = admin;
  while (isOpen()) {
    await admin.waitBetween(5_000, 40_000);
    const completed = acknowledged.filter(
      ({ route, sent }) => route === 'changeTripStatus' && (sent as { readonly status: string }).status === 'completed',
    );
    const trip = completed[random.integer(Math.max(1, completed.length))];
    if (trip) await refund(admin, trip.path.split('/')[3] ?? '');
  }
}

async function refund(admin: Person, tripId: string): Promise<void> {
  const found = await admin.ask(listPayments, { query: { tripId } });
  if (found.status !== 200) return;
  const [payment] = (
    found.body as { readonly items: readonly { id: string; captured: { amount: number; currency: string } }[] }
  ).items;
  if (!payment) return;
  const { amount, currency } = payment.captured;
  const part = admin.random.chance(0.5) && amount > 1 ? 1 + admin.random.integer(amount) : undefined;
  const body = {
    paymentId: payment.id,
    reason: 'asked for',
    ...(part === undefined ? {} : { amount: { amount: part, currency } }),
  };
  const twice = admin.random.chance(0.3);
  await Promise.all([admin.ask(refundPayment, { body }), ...(twice ? [admin.ask(refundPayment, { body })] : [])]);
}
