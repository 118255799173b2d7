import { expect, test } from '@jest/globals';
import { done, fare, refused, Story } from '../../test/support/aggregates.ts';
import { startDebtPayment } from './debt.ts';
import { requestRefund } from './refund.ts';

const hold = { goal: 'hold', amount: 1_000 } as const;
const captured = () => new Story(hold).answer(done()).want(fare(1_000)).answer(done());
const ask = (story: Story, amount: number | null) => {
  const { decision, refund } = requestRefund(story.aggregate, story.context, {
    amount,
    reason: 'a reason',
    requestedBy: 'admin',
  });
  story.take(decision);
  return refund;
};

test('requestRefund, in part, reserves at once and books when the gateway has done it', () => {
  const story = captured();
  expect(ask(story, 400)).toMatchObject({ amount: 400, status: 'pending' });
  expect(story.aggregate.payment).toMatchObject({ refundReserved: 400, refunded: 0, version: 2, status: 'captured' });
  story.answer(done());
  expect(story.aggregate.payment).toMatchObject({ refunded: 400, version: 3, status: 'partially_refunded' });
  expect(story.events.at(-1)?.event).toMatchObject({ type: 'refunded', amount: 400, refunded: 400, driverShare: 280 });
  expect(ask(story, null)).toMatchObject({ amount: 600 });
  story.answer(done());
  expect(story.aggregate.payment).toMatchObject({ refunded: 1_000, status: 'refunded' });
  for (const account of ['gateway:sandbox:clearing', 'driver:driver:payable', 'platform:commission']) {
    expect(story.balance(account)).toBe(0);
  }
});

test('requestRefund, beyond what is left, is refused, reserved amounts counted', () => {
  const story = captured();
  ask(story, 700);
  expect(() => ask(story, 301)).toThrow(expect.objectContaining({ code: 'REFUND_EXCEEDS_CAPTURE' }));
  ask(story, 300);
  expect(() => ask(story, null)).toThrow(expect.objectContaining({ code: 'REFUND_EXCEEDS_CAPTURE' }));
});

test('requestRefund, before the capture, is refused', () => {
  const story = new Story(hold).answer(done());
  expect(() => ask(story, 1)).toThrow(expect.objectContaining({ code: 'PAYMENT_NOT_REFUNDABLE' }));
});

test('requestRefund, that the gateway refuses, gives the reservation back', () => {
  const story = captured();
  ask(story, 400);
  story.answer(refused());
  expect(story.aggregate.payment).toMatchObject({ refundReserved: 0, refunded: 0, version: 2, status: 'captured' });
  expect(story.aggregate.refunds).toMatchObject([{ status: 'failed', done: 0 }]);
});

test('requestRefund, of cash, is booked at once as owed to the rider', () => {
  const story = new Story(hold, { methodId: null }).want(fare(1_000));
  expect(ask(story, null)).toMatchObject({ status: 'done', done: 1_000 });
  expect(story.aggregate.payment).toMatchObject({ status: 'refunded', refunded: 1_000 });
  expect(story.balance('rider:rider:payable')).toBe(-1_000);
  expect(story.balance('driver:driver:payable')).toBe(0);
});

test('requestRefund, of a fare taken in two captures, takes from both', () => {
  const story = new Story(hold).answer(done()).want(fare(1_200)).answer(refused()).answer(done());
  const request = { id: 'debt', methodId: 'other', amount: null };
  story.take(startDebtPayment(story.aggregate, story.context, request).decision);
  story.answer(done()).answer(done());
  ask(story, 1_100);
  expect(story.aggregate.ops.filter(({ kind }) => kind === 'refund')).toMatchObject([
    { amount: 1_000, state: 'planned' },
    { amount: 100, state: 'planned' },
  ]);
  story.answer(done());
  expect(story.aggregate.refunds).toMatchObject([{ status: 'pending', done: 1_000 }]);
  story.answer(refused());
  expect(story.aggregate.refunds).toMatchObject([{ status: 'failed', done: 1_000 }]);
  expect(story.aggregate.payment).toMatchObject({ refunded: 1_000, refundReserved: 1_000 });
});
