import { paymentNotFound } from '../domain/errors.ts';
import type { PaymentStore, PaymentView } from './ports.ts';

/** Who looks: `riderId` `null` may see everybody's. */
export interface Viewer {
  readonly riderId: string | null;
}

/**
 * Reads a payment.
 *
 * @throws `PAYMENT_NOT_FOUND` when there is none, or it is another's.
 */
export async function getPayment(
  deps: { readonly payments: Pick<PaymentStore, 'find'> },
  viewer: Viewer,
  paymentId: string,
): Promise<PaymentView> {
  const view = await deps.payments.find({ paymentId });
  if (!view || !isVisible(view, viewer)) throw paymentNotFound();
  return view;
}

/** The payment of a trip, as a list of at most one. */
export async function listPayments(
  deps: { readonly payments: Pick<PaymentStore, 'find'> },
  viewer: Viewer,
  tripId: string,
): Promise<readonly PaymentView[]> {
  const view = await deps.payments.find({ tripId });
  return view && isVisible(view, viewer) ? [view] : [];
}

function isVisible(view: PaymentView, { riderId }: Viewer): boolean {
  return riderId === null || view.riderId === riderId;
}
