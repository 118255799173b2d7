import { expect, test } from '@jest/globals';
import { contextOf, done, fare, refused, Story, trip } from '../../test/support/aggregates.ts';
import { setGoal } from './set-goal.ts';

const hold = { goal: 'hold', amount: 1_000 } as const;

test('setGoal, for a card, plans a hold of the fare', () => {
  const story = new Story(hold);
  expect(story.aggregate.payment).toMatchObject({ status: 'pending', goal: 'hold', goalAmount: 1_000, version: 0 });
  expect(story.aggregate.ops).toMatchObject([{ kind: 'hold', state: 'planned', amount: 1_000, attempt: 1 }]);
  expect(story.events).toEqual([]);
});

test('setGoal, for cash, holds nothing and takes the total at the end', () => {
  const story = new Story(hold, { methodId: null });
  expect(story.aggregate.ops).toEqual([]);
  story.want(fare(1_000));
  expect(story.aggregate.payment).toMatchObject({ status: 'captured', authorized: 1_000, captured: 1_000, version: 1 });
  expect(story.events).toMatchObject([{ sequence: 1, event: { type: 'captured', kind: 'fare', driverShare: 700 } }]);
  expect(story.balance('cash:driver:driver')).toBe(1_000);
  expect(story.balance('driver:driver:payable')).toBe(-700);
});

test('setGoal, for a cancellation paid in cash, charges nothing', () => {
  const story = new Story(hold, { methodId: null });
  story.want({ ...fare(250), goal: 'capture', kind: 'cancellation_fee' } as never);
  expect(story.aggregate.payment).toMatchObject({ status: 'voided', captured: 0 });
  expect(story.events).toMatchObject([{ event: { type: 'voided' } }]);
});

test('setGoal, once the goal has left hold, changes nothing', () => {
  const story = new Story(hold).answer(done()).want({ goal: 'void' });
  expect(setGoal(story.aggregate, contextOf('again'), trip, fare(1_000))).toBeNull();
  expect(setGoal(story.aggregate, contextOf('again'), trip, hold)).toBeNull();
});

test('setGoal, for an end that nobody had announced, opens the payment with it', () => {
  const story = new Story(fare(1_000));
  expect(story.aggregate.payment).toMatchObject({ goal: 'capture', goalAmount: 1_000, status: 'pending' });
  expect(story.next).toBe('hold');
});

test('setGoal to void, with the hold only planned, cancels it and never sends it', () => {
  const story = new Story(hold).want({ goal: 'void' });
  expect(story.aggregate.ops).toMatchObject([{ kind: 'hold', state: 'failed', code: 'CANCELLED' }]);
  expect(story.aggregate.payment.status).toBe('voided');
});

test('setGoal to void, with the hold standing, lets it go', () => {
  const story = new Story(hold).answer(done()).want({ goal: 'void' });
  expect(story.aggregate.ops[1]).toMatchObject({ kind: 'void', state: 'planned', targetRef: 'ref:0/op:hold:1' });
  story.answer(done());
  expect(story.aggregate.payment.status).toBe('voided');
  expect(story.events.map(({ event }) => event.type)).toEqual(['authorized', 'voided']);
});

test('setGoal to void, of a hold that cannot be let go, gives up after three tries', () => {
  const story = new Story(hold).answer(done()).want({ goal: 'void' });
  story.answer(refused()).answer(refused());
  expect(story.aggregate.payment.status).toBe('authorized');
  expect(story.aggregate.ops.at(-1)).toMatchObject({ kind: 'void', state: 'planned', delayMs: 5_000 });
  story.answer(refused());
  expect(story.aggregate.payment.status).toBe('voided');
});

test('setGoal to void, after the hold was refused, leaves the payment failed', () => {
  const story = new Story(hold).answer(refused()).want({ goal: 'void' });
  expect(story.aggregate.payment).toMatchObject({ status: 'failed', goal: 'void' });
  expect(story.events).toHaveLength(1);
});

test('setGoal to capture of nothing, voids', () => {
  expect(new Story(hold).answer(done()).want(fare(0)).next).toBe('void');
});
