import { AppError } from '@rideshare/kernel';
import type { AppErrorOptions, ErrorKind } from '@rideshare/kernel';

/** Every code of this service, for its documentation. */
export const errorCatalogue = {
  CARD_NUMBER_REFUSED: {
    kind: 'invalid',
    meaning: 'A card number stands in the request. Send the token that the payment gateway gave for the card.',
  },
  PAYMENT_TOKEN_INVALID: { kind: 'invalid', meaning: 'The payment gateway does not know this token.' },
  PAYMENT_METHOD_NOT_FOUND: { kind: 'not_found', meaning: 'The rider has no such payment method.' },
  PAYMENT_METHOD_IN_USE: {
    kind: 'conflict',
    meaning: 'A payment that is not over yet uses this method; remove it when the trip is paid.',
  },
  PAYMENT_NOT_FOUND: { kind: 'not_found', meaning: 'There is no such payment, or it is not the caller’s.' },
  PAYMENT_EXISTS: { kind: 'conflict', meaning: 'The trip has its payment and nothing of it is owed.' },
  PAYMENT_AMOUNT_MISMATCH: { kind: 'invalid', meaning: 'The amount is not what is owed for the trip.' },
  PAYMENT_DECLINED: { kind: 'conflict', meaning: 'The payment gateway declined; the fare is still owed.' },
  PAYMENT_NOT_REFUNDABLE: { kind: 'conflict', meaning: 'Nothing was captured that could be given back.' },
  REFUND_EXCEEDS_CAPTURE: {
    kind: 'conflict',
    meaning: 'The refund is larger than what was captured and not refunded yet.',
  },
  REFUND_AMOUNT_INVALID: {
    kind: 'invalid',
    meaning: 'The refund is not a positive amount in the currency of the payment.',
  },
  TRIP_NOT_FOUND: { kind: 'not_found', meaning: 'There is no such trip, or it is not the caller’s.' },
  WEBHOOK_SIGNATURE_INVALID: {
    kind: 'unauthenticated',
    meaning: 'The signature is missing, was not made with the shared secret, or is too old.',
  },
  WEBHOOK_INVALID: { kind: 'invalid', meaning: 'The body is signed and is no event of the payment gateway.' },
  GATEWAY_AMBIGUOUS: { kind: 'unavailable', meaning: 'The payment gateway gave no definitive answer.' },
} as const satisfies Record<string, { readonly kind: ErrorKind; readonly meaning: string }>;

/** A code of {@link errorCatalogue}. */
export type PaymentErrorCode = keyof typeof errorCatalogue;

function refusal(code: PaymentErrorCode, message: string, options: AppErrorOptions = {}): AppError<PaymentErrorCode> {
  return new AppError(code, errorCatalogue[code].kind, message, options);
}

export function cardNumberRefused(): AppError {
  return refusal('CARD_NUMBER_REFUSED', 'Card numbers are not accepted; send a token of the payment gateway.');
}

export function paymentTokenInvalid(): AppError {
  return refusal('PAYMENT_TOKEN_INVALID', 'The payment gateway does not know this token.', {
    fields: [{ pointer: '/token', detail: 'unknown to the gateway' }],
  });
}

export function paymentMethodNotFound(): AppError {
  return refusal('PAYMENT_METHOD_NOT_FOUND', 'There is no such payment method.');
}

export function paymentMethodInUse(): AppError {
  return refusal('PAYMENT_METHOD_IN_USE', 'A payment that is not over yet uses this method.');
}

export function paymentNotFound(): AppError {
  return refusal('PAYMENT_NOT_FOUND', 'There is no such payment.');
}

export function paymentExists(): AppError {
  return refusal('PAYMENT_EXISTS', 'The trip has its payment, and nothing of it is owed.');
}

export function paymentAmountMismatch(): AppError {
  return refusal('PAYMENT_AMOUNT_MISMATCH', 'The amount is not what is owed for the trip.', {
    fields: [{ pointer: '/amount', detail: 'leave it out, or send what is owed' }],
  });
}

export function paymentDeclined(): AppError {
  return refusal('PAYMENT_DECLINED', 'The payment was declined; the fare is still owed.');
}

export function paymentNotRefundable(): AppError {
  return refusal('PAYMENT_NOT_REFUNDABLE', 'Nothing was captured for this payment.');
}

export function refundExceedsCapture(): AppError {
  return refusal('REFUND_EXCEEDS_CAPTURE', 'The refund is larger than what is left of the captured amount.');
}

export function refundAmountInvalid(): AppError {
  return refusal('REFUND_AMOUNT_INVALID', 'A refund is a positive amount in the currency of the payment.', {
    fields: [{ pointer: '/amount', detail: 'not a positive amount in the currency of the payment' }],
  });
}

export function tripNotFound(): AppError {
  return refusal('TRIP_NOT_FOUND', 'There is no such trip.');
}

export function webhookSignatureInvalid(): AppError {
  return refusal('WEBHOOK_SIGNATURE_INVALID', 'The signature does not fit the body.');
}

export function webhookInvalid(): AppError {
  return refusal('WEBHOOK_INVALID', 'The body is no event of the payment gateway.');
}

/** The gateway may or may not have done what it was asked. */
export function gatewayAmbiguous(cause: unknown): AppError {
  return refusal('GATEWAY_AMBIGUOUS', 'the payment gateway gave no definitive answer', { cause });
}
