import { expect, test } from '@jest/globals';
import { done, fare, refused, Story } from '../../test/support/aggregates.ts';
import { startDebtPayment } from './debt.ts';

const indebted = () => new Story(fare(900)).answer(refused());
const pay = (story: Story, id: string, change: object = {}) => {
  const request = { id, methodId: 'other', amount: null, ...change };
  const started = startDebtPayment(story.aggregate, story.context, request);
  story.take(started.decision);
  return started;
};

test('startDebtPayment, of a fare that was refused, holds and captures it with the other method', () => {
  const story = indebted();
  pay(story, 'debt');
  expect(story.aggregate.ops.at(-1)).toMatchObject({ kind: 'debt_hold', methodId: 'other', amount: 900 });
  story.answer(done());
  expect(story.aggregate.payment).toMatchObject({ status: 'failed', authorized: 900 });
  expect(story.next).toBe('debt_capture');
  story.answer(done());
  expect(story.aggregate.payment).toMatchObject({ status: 'captured', captured: 900, outstanding: 0, version: 2 });
  expect(story.aggregate.debts).toMatchObject([{ state: 'paid' }]);
  expect(story.events.at(-1)?.event).toMatchObject({ type: 'captured', kind: 'debt', driverShare: 630 });
  expect(story.balance('rider:rider:debt')).toBe(0);
  expect(story.balance('platform:uncollected')).toBe(0);
  expect(story.balance('gateway:sandbox:clearing')).toBe(900);
});

test('startDebtPayment, declined, leaves the debt and can be tried again', () => {
  const story = indebted();
  pay(story, 'first');
  story.answer(refused('insufficient_funds'));
  expect(story.aggregate.debts).toMatchObject([{ state: 'declined', code: 'insufficient_funds' }]);
  expect(story.aggregate.payment).toMatchObject({ status: 'failed', outstanding: 900, version: 1 });
  pay(story, 'second');
  expect(story.aggregate.ops.at(-1)).toMatchObject({ kind: 'debt_hold', attempt: 2 });
});

test('startDebtPayment, held and then not captured, lets the hold go', () => {
  const story = indebted();
  pay(story, 'debt');
  story.answer(done()).answer(refused());
  expect(story.aggregate.debts).toMatchObject([{ state: 'declined' }]);
  expect(story.aggregate.payment.authorized).toBe(0);
  expect(story.next).toBe('release');
});

test('startDebtPayment, repeated with the same id, finds its own try', () => {
  const story = indebted();
  pay(story, 'debt');
  expect(pay(story, 'debt')).toMatchObject({ decision: null, debt: { id: 'debt', state: 'open' } });
});

test('startDebtPayment, with another try open or nothing owed, is refused', () => {
  const story = indebted();
  pay(story, 'debt');
  expect(() => pay(story, 'other')).toThrow(expect.objectContaining({ code: 'PAYMENT_EXISTS' }));
  const paid = new Story(fare(900)).answer(done()).answer(done());
  expect(() => pay(paid, 'debt')).toThrow(expect.objectContaining({ code: 'PAYMENT_EXISTS' }));
});

test('startDebtPayment, of another amount or without a method, is refused', () => {
  const story = indebted();
  const mismatch = expect.objectContaining({ code: 'PAYMENT_AMOUNT_MISMATCH' });
  expect(() => pay(story, 'a', { amount: { amount: 899, currency: 'EUR' } })).toThrow(mismatch);
  expect(() => pay(story, 'a', { amount: { amount: 900, currency: 'USD' } })).toThrow(mismatch);
  const noMethod = expect.objectContaining({ code: 'PAYMENT_METHOD_NOT_FOUND' });
  expect(() => pay(story, 'a', { methodId: null })).toThrow(noMethod);
  expect(pay(story, 'a', { amount: { amount: 900, currency: 'EUR' } }).debt.amount).toBe(900);
});
