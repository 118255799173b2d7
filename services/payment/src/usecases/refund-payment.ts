import type { Money, Operation } from '@rideshare/kernel';
import { cardNumberRefused, paymentNotFound, refundAmountInvalid } from '../domain/errors.ts';
import { hasCardNumber } from '../domain/card-number.ts';
import { requestRefund } from '../domain/refund.ts';
import type { PaymentStore } from './ports.ts';

/** Who gives back how much, and why. */
export interface RefundPayment {
  readonly paymentId: string;
  /** `null`: whatever is left. */
  readonly amount: Money | null;
  readonly reason: string;
  readonly requestedBy: string;
}

/** A refund as it is answered. */
export interface RefundView {
  readonly id: string;
  readonly paymentId: string;
  readonly amount: Money;
  readonly status: 'pending' | 'done' | 'failed';
  readonly reason: string;
}

/**
 * Gives money back.
 *
 * @remarks What is reserved here cannot be reserved again, so any number of refunds at once never exceeds the capture.
 * The gateway is called afterwards; if it refuses for good, the reservation ends.
 * @throws `PAYMENT_NOT_FOUND`, `PAYMENT_NOT_REFUNDABLE`, `REFUND_EXCEEDS_CAPTURE`, `REFUND_AMOUNT_INVALID`,
 * `CARD_NUMBER_REFUSED`.
 */
export function refundPayment(
  deps: { readonly payments: Pick<PaymentStore, 'change'> },
  operation: Operation<RefundView>,
  request: RefundPayment,
): Promise<RefundView> {
  const { paymentId, amount, reason, requestedBy } = request;
  if (hasCardNumber(reason)) throw cardNumberRefused();
  if (amount && amount.amount <= 0) throw refundAmountInvalid();
  return deps.payments.change(operation, { paymentId }, (found, context) => {
    if (!found) throw paymentNotFound();
    const { currency } = found.payment;
    if (amount && amount.currency !== currency) throw refundAmountInvalid();
    const wanted = { amount: amount?.amount ?? null, reason, requestedBy };
    const { decision, refund } = requestRefund(found, context, wanted);
    const result: RefundView = {
      id: refund.id,
      paymentId,
      amount: { amount: refund.amount, currency },
      status: refund.status,
      reason,
    };
    return { decision, result };
  });
}
