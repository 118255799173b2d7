import { expect, test } from '@jest/globals';
import { done, fare, refused, send, Story } from '../../test/support/aggregates.ts';
import { requestRefund } from './refund.ts';
import { doubtOp, settleOp } from './settle-op.ts';

const hold = { goal: 'hold', amount: 1_000 } as const;

test('settleOp, of a hold and a capture, authorises, captures and books', () => {
  const story = new Story(hold).answer(done()).want(fare(900)).answer(done());
  expect(story.aggregate.payment).toMatchObject({ status: 'captured', authorized: 1_000, captured: 900, version: 2 });
  expect(story.events.map(({ sequence, event }) => [sequence, event.type])).toEqual([
    [1, 'authorized'],
    [2, 'captured'],
  ]);
  expect(story.balance('gateway:sandbox:clearing')).toBe(900);
  expect(story.balance('driver:driver:payable')).toBe(-630);
  expect(story.balance('platform:booking_fees')).toBe(-90);
  expect(story.balance('platform:commission')).toBe(-180);
});

test('settleOp, of a refused hold, fails the payment without a debt', () => {
  const story = new Story(hold).answer(refused());
  expect(story.aggregate.payment).toMatchObject({ status: 'failed', outstanding: 0, version: 1 });
  expect(story.events[0]?.event).toEqual({
    type: 'failed',
    op: 'hold',
    code: 'card_declined',
    outstanding: 0,
    journal: null,
  });
});

test('settleOp, of a refused hold of a ride that was completed all the same, tries one more and makes a debt', () => {
  const story = new Story(hold).answer(refused()).want(fare(900));
  expect(story.next).toBe('hold');
  story.answer(refused('insufficient_funds'));
  expect(story.next).toBeNull();
  expect(story.aggregate.payment).toMatchObject({ status: 'failed', outstanding: 900 });
  expect(story.events.at(-1)?.event).toMatchObject({ type: 'failed', op: 'capture', outstanding: 900 });
  expect(story.balance('rider:rider:debt')).toBe(900);
  expect(story.balance('platform:uncollected')).toBe(-900);
});

test('settleOp, of the second hold, goes on to the capture', () => {
  const story = new Story(hold).answer(refused()).want(fare(900)).answer(done());
  expect(story.next).toBe('capture');
  expect(story.answer(done()).aggregate.payment).toMatchObject({ status: 'captured', captured: 900 });
});

test('settleOp, with a total above the hold, increments first', () => {
  const story = new Story(hold).answer(done()).want(fare(1_200));
  expect(story.aggregate.ops.at(-1)).toMatchObject({ kind: 'increment', amount: 200 });
  story.answer(done());
  expect(story.aggregate.ops.at(-1)).toMatchObject({ kind: 'capture', amount: 1_200 });
  story.answer(done());
  expect(story.aggregate.payment).toMatchObject({ authorized: 1_200, captured: 1_200, outstanding: 0, version: 2 });
});

test('settleOp, of a refused increment, captures what is held and leaves the rest as a debt', () => {
  const story = new Story(hold).answer(done()).want(fare(1_200)).answer(refused()).answer(done());
  expect(story.aggregate.payment).toMatchObject({ status: 'captured', captured: 1_000, outstanding: 200, version: 3 });
  expect(story.events.map(({ event }) => event.type)).toEqual(['authorized', 'captured', 'failed']);
  expect(story.balance('driver:driver:payable')).toBe(-700);
});

test('settleOp, of a refused capture, makes a debt and lets the hold go', () => {
  const story = new Story(hold).answer(done()).want(fare(900)).answer(refused());
  expect(story.aggregate.payment).toMatchObject({ status: 'failed', outstanding: 900, authorized: 0 });
  expect(story.aggregate.ops.at(-1)).toMatchObject({ kind: 'release', targetRef: 'ref:0/op:hold:1' });
  story.answer(done());
  expect(story.next).toBeNull();
  expect(story.aggregate.payment.status).toBe('failed');
});

test('settleOp, of an operation that was settled, changes nothing', () => {
  const story = new Story(hold).answer(done());
  expect(settleOp(story.aggregate, story.context, '0/op:hold:1', done())).toBeNull();
  expect(settleOp(story.aggregate, story.context, '0/op:hold:1', refused())).toBeNull();
});

test('doubtOp, of a sent hold, makes the payment unknown until it is settled', () => {
  const story = new Story(hold);
  story.aggregate = send(story.aggregate, '0/op:hold:1');
  story.take(doubtOp(story.aggregate, story.context, '0/op:hold:1', 1_000));
  expect(story.aggregate.payment).toMatchObject({ status: 'unknown', version: 0 });
  expect(story.aggregate.ops[0]).toMatchObject({ state: 'unknown', delayMs: 1_000 });
  story.want(fare(900));
  expect(story.next).toBeNull();
  story.take(settleOp(story.aggregate, story.context, '0/op:hold:1', done()));
  expect(story.aggregate.payment.status).toBe('authorized');
  expect(story.next).toBe('capture');
  expect(doubtOp(story.aggregate, story.context, '0/op:hold:1', 1_000)).toBeNull();
});

test('settleOp to void, with the hold in doubt, lets it go once it turns out to stand', () => {
  const story = new Story(hold);
  story.aggregate = send(story.aggregate, '0/op:hold:1');
  story.take(doubtOp(story.aggregate, story.context, '0/op:hold:1', 1_000));
  story.want({ goal: 'void' });
  expect(story.next).toBeNull();
  story.take(settleOp(story.aggregate, story.context, '0/op:hold:1', done()));
  expect(story.next).toBe('void');
});

test('settleOp, of a hold that was given up and is found later, lets it go', () => {
  const story = new Story(hold).answer(refused('GATEWAY_SILENT'));
  expect(story.aggregate.ops[0]).toMatchObject({ state: 'failed', delayMs: 300_000 });
  story.take(settleOp(story.aggregate, story.context, '0/op:hold:1', done('late')));
  expect(story.aggregate.ops).toMatchObject([
    { kind: 'hold', state: 'failed', code: 'FOUND_LATE', reference: 'late' },
    { kind: 'release', state: 'planned', targetRef: 'late' },
  ]);
  expect(story.events).toHaveLength(1);
  expect(settleOp(story.aggregate, story.context, '0/op:hold:1', done('late'))).toBeNull();
});

test('settleOp, of a capture that was given up and is found later, sends the money back', () => {
  const story = new Story(hold).answer(done()).want(fare(900)).answer(refused('GATEWAY_SILENT')).answer(done());
  const capture = story.aggregate.ops.find(({ kind }) => kind === 'capture');
  story.take(settleOp(story.aggregate, story.context, capture?.id ?? '', done('late')));
  expect(story.aggregate.ops.at(-1)).toMatchObject({ kind: 'return', targetRef: 'late', amount: 900 });
  expect(story.balance('gateway:sandbox:clearing')).toBe(0);
});

test('settleOp, of a refund that was given up and is found later, books it while there is room', () => {
  const story = new Story(hold).answer(done()).want(fare(900)).answer(done());
  const request = { amount: 900, reason: 'lost', requestedBy: 'admin' };
  story.take(requestRefund(story.aggregate, story.context, request).decision);
  story.answer(refused('GATEWAY_SILENT'));
  expect(story.aggregate.payment).toMatchObject({ refundReserved: 0, refunded: 0, status: 'captured' });
  expect(story.aggregate.refunds).toMatchObject([{ status: 'failed' }]);
  const refund = story.aggregate.ops.find(({ kind }) => kind === 'refund');
  story.take(settleOp(story.aggregate, story.context, refund?.id ?? '', done('late')));
  expect(story.aggregate.payment).toMatchObject({ refundReserved: 900, refunded: 900, status: 'refunded' });
  expect(story.aggregate.refunds).toMatchObject([{ status: 'done', done: 900 }]);
});
