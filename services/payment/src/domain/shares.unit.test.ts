import { expect, test } from '@jest/globals';
import { money } from '@rideshare/kernel';
import fc from 'fast-check';
import { Story, fare } from '../../test/support/aggregates.ts';
import { sharesOfCapture, sharesOfCharge, sharesOfRefund } from './shares.ts';

const eur = (amount: number) => money(amount, 'EUR');
const at = new Date('2026-01-01T00:00:00Z');
const basis = { policyVersion: 'porto.policy.v1' };

test('sharesOfCharge, of a ride, gives the driver their part and the platform its fee', () => {
  const lines = [
    { kind: 'base', amount: eur(250) },
    { kind: 'distance', amount: eur(550) },
    { kind: 'booking_fee', amount: eur(100) },
  ] as const;
  expect(sharesOfCharge({ total: eur(900), lines, driverId: 'driver', ...basis })).toEqual({
    driver: 640,
    bookingFee: 100,
  });
});

test('sharesOfCharge, without a driver, leaves everything to the platform', () => {
  const lines = [{ kind: 'cancellation_fee', amount: eur(250) }] as const;
  expect(sharesOfCharge({ total: eur(250), lines, driverId: null, ...basis })).toEqual({ driver: 0, bookingFee: 0 });
});

test('sharesOfCharge, with lines that do not add up, is refused', () => {
  const lines = [{ kind: 'base', amount: eur(1) }] as const;
  expect(() => sharesOfCharge({ total: eur(2), lines, driverId: 'driver', ...basis })).toThrow(/add up/);
});

test('sharesOfCharge, by a tariff that nobody knows, is refused', () => {
  const charge = { total: eur(0), lines: [], driverId: null, tariffVersion: 'none', at };
  expect(() => sharesOfCharge(charge)).toThrow(expect.objectContaining({ code: 'TARIFF_UNKNOWN' }));
});

test('sharesOfCapture and sharesOfRefund, however the amounts are parted, add up to the whole', () => {
  const parts = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(parts, parts, (captures, weights) => {
      const total = captures.reduce((sum, part) => sum + part, 0);
      let { payment } = new Story(fare(total)).aggregate;
      for (const amount of captures) {
        const { driver, bookingFee } = sharesOfCapture(payment, amount);
        expect(driver).toBeGreaterThanOrEqual(0);
        const booked = { driver: payment.booked.driver + driver, bookingFee: payment.booked.bookingFee + bookingFee };
        payment = { ...payment, captured: payment.captured + amount, booked };
      }
      expect(payment.booked).toEqual(payment.shares);
      for (const weight of [...weights, total]) {
        const amount = Math.min(weight, total - payment.refunded);
        if (amount === 0) break;
        const { driver, bookingFee } = sharesOfRefund(payment, amount);
        expect(driver).toBeGreaterThanOrEqual(0);
        expect(bookingFee).toBeGreaterThanOrEqual(0);
        expect(driver + bookingFee).toBeLessThanOrEqual(amount);
        const returned = {
          driver: payment.returned.driver + driver,
          bookingFee: payment.returned.bookingFee + bookingFee,
        };
        payment = { ...payment, refunded: payment.refunded + amount, returned };
      }
      expect(payment.returned).toEqual(payment.booked);
    }),
  );
});

test('sharesOfCapture and sharesOfRefund, where a unit cannot be parted, leave the rest to the platform and to the driver', () => {
  const whole = new Story(fare(10)).aggregate.payment;
  const payment = { ...whole, goalAmount: 10, captured: 0, shares: { driver: 7, bookingFee: 1 } };
  expect(sharesOfCapture(payment, 5)).toEqual({ driver: 3, bookingFee: 0 });
  const captured = { ...payment, captured: 10, booked: payment.shares };
  expect(sharesOfRefund(captured, 5).driver).toBe(3);
});
