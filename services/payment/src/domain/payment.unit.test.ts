import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { done, fare, plannedOp, refused, send, Story } from '../../test/support/aggregates.ts';
import { startDebtPayment } from './debt.ts';
import { isUnresolved } from './payment.ts';
import type { OpKind } from './payment.ts';
import { requestRefund } from './refund.ts';
import type { Wish } from './set-goal.ts';
import { doubtOp, settleOp } from './settle-op.ts';

type Command =
  | { readonly do: 'send' }
  | { readonly do: 'doubt' }
  | { readonly do: 'settle'; readonly ok: boolean; readonly silent: boolean }
  | { readonly do: 'late'; readonly pick: number }
  | { readonly do: 'want'; readonly wish: Wish }
  | { readonly do: 'refund'; readonly amount: number | null }
  | { readonly do: 'pay' };

const amount = fc.integer({ min: 1, max: 3_000 });
const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant({ do: 'send' } as const) },
    { weight: 2, arbitrary: fc.constant({ do: 'doubt' } as const) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('settle' as const), ok: fc.boolean(), silent: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('late' as const), pick: fc.nat(9) }) },
    {
      weight: 2,
      arbitrary: fc.oneof(
        amount.map((total) => ({ do: 'want' as const, wish: fare(total) })),
        fc.constant({ do: 'want' as const, wish: { goal: 'void' as const } }),
      ),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('refund' as const), amount: fc.option(amount) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'pay' } as const) },
  ),
  { maxLength: 60, size: 'max' },
);

type StoryView = Pick<Story, 'aggregate' | 'events' | 'journals' | 'balance'>;

/** Runs what a user may be refused; a refusal is an answer, not a failure. */
function allowed(step: () => void): void {
  try {
    step();
  } catch (error) {
    if ((error as { code?: string }).code === 'ASSERTION_FAILED') throw error;
  }
}

function run(story: Story, command: Command, step: number): void {
  const unresolved = story.aggregate.ops.find(isUnresolved);
  switch (command.do) {
    case 'send': {
      const planned = plannedOp(story.aggregate);
      if (planned && !unresolved) story.aggregate = send(story.aggregate, planned.id);
      return;
    }
    case 'doubt':
      if (unresolved) story.take(doubtOp(story.aggregate, story.context, unresolved.id, 1_000));
      return;
    case 'settle': {
      const answer = command.ok ? done(`ref:${String(step)}`) : refused(command.silent ? 'GATEWAY_SILENT' : 'no');
      if (unresolved) story.take(settleOp(story.aggregate, story.context, unresolved.id, answer));
      return;
    }
    case 'late': {
      const silent = story.aggregate.ops.filter(({ code }) => code === 'GATEWAY_SILENT');
      const op = silent[command.pick % Math.max(silent.length, 1)];
      if (op) story.take(settleOp(story.aggregate, story.context, op.id, done(`late:${String(step)}`)));
      return;
    }
    case 'want':
      story.want(command.wish);
      return;
    case 'refund':
      allowed(() => {
        const request = { amount: command.amount, reason: 'r', requestedBy: 'admin' };
        story.take(requestRefund(story.aggregate, story.context, request).decision);
      });
      return;
    case 'pay':
      allowed(() => {
        const request = { id: `debt:${String(step)}`, methodId: 'other', amount: null };
        story.take(startDebtPayment(story.aggregate, story.context, request).decision);
      });
  }
}

const sum = (amounts: readonly number[]): number => amounts.reduce((total, each) => total + each, 0);

/** The rules that the payment breaks, by name; `expect` for each would take most of the time. */
function broken({ aggregate, events, journals, ...story }: StoryView): string[] {
  const { payment, ops } = aggregate;
  const effects = (kind: OpKind) => ops.filter((op) => op.kind === kind && op.state !== 'failed').length;
  const clearing = payment.methodId === null ? 'cash:driver:driver' : 'gateway:sandbox:clearing';
  const rules: Readonly<Record<string, boolean>> = {
    'one call under way': ops.filter(isUnresolved).length <= 1,
    'one effect of each kind': (['hold', 'capture', 'void', 'debt_capture'] as const).every(
      (kind) => effects(kind) <= 1,
    ),
    'a key of its own': new Set(ops.map(({ pspKey }) => pspKey)).size === ops.length,
    'captured within authorised': payment.captured <= payment.authorized,
    'refunded within captured':
      payment.refunded <= payment.refundReserved && payment.refundReserved <= payment.captured,
    'a version per event': payment.version === events.length && events.every(({ sequence }, at) => sequence === at + 1),
    'balanced journals': journals.every(({ lines }) => sum(lines.map(({ amount: each }) => each)) === 0),
    'a journal per operation': new Set(journals.map(({ opId }) => opId)).size === journals.length,
    'what was taken':
      story.balance(clearing) + story.balance('rider:rider:payable') === payment.captured - payment.refunded,
    'what is owed': story.balance('rider:rider:debt') === payment.outstanding,
    'what is nobody’s': story.balance('platform:uncollected') + payment.outstanding === 0,
    'what the driver gets': story.balance('driver:driver:payable') === payment.returned.driver - payment.booked.driver,
    'nothing taken on hold': payment.goal !== 'hold' || payment.captured + payment.outstanding === 0,
    'nothing taken on void': payment.goal !== 'void' || payment.captured === 0,
  };
  return Object.keys(rules).filter((rule) => rules[rule] !== true);
}

function check(story: Story): void {
  const { aggregate, events, journals } = story;
  const rules = broken({ aggregate, events, journals, balance: (account) => story.balance(account) });
  if (rules.length > 0) throw new Error(`broken: ${rules.join(', ')}`);
}

/** Lets the gateway do everything it is asked, until nothing is left. */
function comeToRest(story: Story): void {
  for (let step = 0; ; step += 1) {
    if (step > 30) throw new Error('the payment does not come to rest');
    const open = story.aggregate.ops.find(isUnresolved) ?? plannedOp(story.aggregate);
    if (!open) return;
    story.aggregate = send(story.aggregate, open.id);
    story.take(settleOp(story.aggregate, story.context, open.id, done(`rest:${String(step)}`)));
    check(story);
  }
}

test('a payment, through any order of answers, doubts and wishes, keeps every sum and comes to its goal', () => {
  fc.assert(
    fc.property(amount, fc.boolean(), commands, (held, isCash, sequence) => {
      const story = new Story({ goal: 'hold', amount: held }, isCash ? { methodId: null } : {});
      sequence.forEach((command, step) => {
        run(story, command, step);
        check(story);
      });
      comeToRest(story);
      const { payment } = story.aggregate;
      expect(payment.status).not.toBe('unknown');
      if (payment.goal === 'capture') expect(payment.captured + payment.outstanding).toBe(payment.goalAmount);
      if (payment.goal === 'void') expect(['voided', 'failed']).toContain(payment.status);
      if (payment.goal === 'hold' && !isCash) expect(['authorized', 'failed']).toContain(payment.status);
    }),
    { numRuns: 200 },
  );
});
