import {
  paymentAuthorized,
  paymentCaptured,
  paymentFailed,
  paymentRefunded,
  paymentVoided,
} from '@rideshare/contracts';
import type { EventData, EventDefinition } from '@rideshare/contracts';
import { money } from '@rideshare/kernel';
import type { Journal, Payment, PaymentEvent } from '../domain/payment.ts';

/** An event of the contract and its data. */
export type Message = {
  [
    Definition in
      | typeof paymentAuthorized
      | typeof paymentCaptured
      | typeof paymentFailed
      | typeof paymentRefunded
      | typeof paymentVoided as Definition['type']
  ]: {
    readonly definition: Definition;
    readonly data: EventData<Definition>;
  };
}['payment.authorized' | 'payment.captured' | 'payment.failed' | 'payment.refunded' | 'payment.voided'];

function message<Definition extends EventDefinition>(definition: Definition, data: EventData<Definition>) {
  return { definition, data };
}

/** What the others are told of a payment. */
export function toMessage(payment: Payment, event: PaymentEvent): Message {
  const { id: paymentId, tripId, riderId, driverId, currency } = payment;
  const subject = { paymentId, tripId, riderId };
  const minor = (amount: number) => money(amount, currency);
  const journalOf = ({ id, lines }: Journal) => ({
    journalId: id,
    lines: lines.map(({ account, amount }) => ({ account, amount: minor(amount) })),
  });
  switch (event.type) {
    case 'authorized':
      return message(paymentAuthorized, { ...subject, amount: minor(event.amount) });
    case 'captured':
      return message(paymentCaptured, {
        ...subject,
        driverId,
        kind: event.kind,
        method: payment.methodId === null ? 'cash' : 'card',
        amount: minor(event.amount),
        driverShare: minor(event.driverShare),
        journal: journalOf(event.journal),
      });
    case 'failed':
      return message(paymentFailed, {
        ...subject,
        op: event.op,
        code: event.code,
        outstanding: minor(event.outstanding),
        journal: event.journal && journalOf(event.journal),
      });
    case 'voided':
      return message(paymentVoided, subject);
    case 'refunded':
      return message(paymentRefunded, {
        ...subject,
        refundId: event.refundId,
        driverId,
        amount: minor(event.amount),
        refunded: minor(event.refunded),
        driverShare: minor(event.driverShare),
        journal: journalOf(event.journal),
      });
  }
}
