import { assert } from '@rideshare/kernel';
import type { JournalLine, Payment, Shares } from './payment.ts';

/**
 * The accounts. Debits are positive.
 *
 * - `gateway:sandbox:clearing` what the gateway owes us; `cash:driver:<id>` what a driver has collected for us
 * - `driver:<id>:payable` what we owe a driver; `rider:<id>:payable` what we owe a rider (refunds of cash)
 * - `rider:<id>:debt` what a rider owes us; `platform:uncollected` the fares in it, nobody's income until paid
 * - `platform:commission`, `platform:booking_fees` our income
 */
const CLEARING = 'gateway:sandbox:clearing';
const COMMISSION = 'platform:commission';
const BOOKING_FEES = 'platform:booking_fees';
const UNCOLLECTED = 'platform:uncollected';

function driverPayable(payment: Payment): string {
  // without a driver nobody but the platform has a share
  assert(payment.driverId !== null, 'a driver share needs a driver');
  return `driver:${payment.driverId}:payable`;
}

function line(account: string, amount: number): JournalLine[] {
  return amount === 0 ? [] : [{ account, amount: amount === 0 ? 0 : amount }];
}

/** `amount` credited to those who have a share in it; negative shares debit them. */
function credits(payment: Payment, amount: number, shares: Shares): JournalLine[] {
  return [
    ...(shares.driver === 0 ? [] : line(driverPayable(payment), -shares.driver)),
    ...line(BOOKING_FEES, -shares.bookingFee),
    ...line(COMMISSION, shares.driver + shares.bookingFee - amount),
  ];
}

/** Where the money of a payment is before anybody is paid out. */
function source(payment: Payment): string {
  if (payment.methodId !== null) return CLEARING;
  assert(payment.driverId !== null, 'cash is collected by a driver');
  return `cash:driver:${payment.driverId}`;
}

/** Money was taken by the gateway, or in cash by the driver. */
export function captureJournal(payment: Payment, amount: number, shares: Shares): JournalLine[] {
  return balanced([...line(source(payment), amount), ...credits(payment, amount, shares)]);
}

/** The gateway refused for good: the rider owes the amount, and it is nobody's income yet. */
export function debtJournal(payment: Payment, amount: number): JournalLine[] {
  return balanced([...line(`rider:${payment.riderId}:debt`, amount), ...line(UNCOLLECTED, -amount)]);
}

/** The rider paid the debt: it is taken off, and the fare becomes everybody's income. */
export function debtCaptureJournal(payment: Payment, amount: number, shares: Shares): JournalLine[] {
  return balanced([
    ...line(CLEARING, amount),
    ...line(`rider:${payment.riderId}:debt`, -amount),
    ...line(UNCOLLECTED, amount),
    ...credits(payment, amount, shares),
  ]);
}

/** Money goes back: through the gateway, or, where it was paid in cash, as what we owe the rider. */
export function refundJournal(payment: Payment, amount: number, shares: Shares): JournalLine[] {
  const destination = payment.methodId === null ? `rider:${payment.riderId}:payable` : CLEARING;
  const taken = credits(payment, amount, shares).map(({ account, amount: credit }) => ({ account, amount: -credit }));
  return balanced([...taken, ...line(destination, -amount)]);
}

function balanced(lines: JournalLine[]): JournalLine[] {
  const sum = lines.reduce((total, { amount }) => total + amount, 0);
  assert(sum === 0 && lines.length >= 2, 'a journal sums to zero');
  return lines;
}
