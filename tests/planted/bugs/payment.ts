import type { PlantedBug } from '../plot.ts';

const PAYMENT = 'services/payment/src';
const goalTests = [{ tests: `${PAYMENT}/domain/set-goal.unit.test.ts` }];
const settleTests = [{ tests: `${PAYMENT}/domain/settle-op.unit.test.ts` }];
const propertyTests = [{ tests: `${PAYMENT}/domain/payment.unit.test.ts` }];
const resolveTests = [{ tests: `${PAYMENT}/domain/resolve.unit.test.ts` }];
const signingTests = [{ tests: `${PAYMENT}/signing.unit.test.ts` }];
const storeTests = [{ tests: 'services/payment/test/stores.contract.test.ts', named: '^PostgreSQL' }];

const once: readonly PlantedBug[] = [
  {
    name: 'the goal of a payment is set twice',
    invariants: [17],
    file: `${PAYMENT}/domain/set-goal.ts`,
    find: `if (found && (wish.goal === 'hold' || found.payment.goal !== 'hold')) return null;`,
    replace: `if (found && wish.goal === 'hold') return null;`,
    catchers: goalTests,
  },
  {
    name: 'the goal of a payment is overwritten in its table',
    invariants: [17],
    file: 'services/payment/migrations/0001_create_payments.sql',
    find: `if old.goal <> 'hold' and new.goal <> old.goal then`,
    replace: `if false then`,
    catchers: storeTests,
  },
  {
    name: 'an operation is booked twice',
    invariants: [17, 22],
    file: `${PAYMENT}/domain/settle-op.ts`,
    find: `  if (!isUnresolved(op)) return answer.outcome === 'done' ? settleLate(draft, op, answer.reference) : null;
`,
    replace: ``,
    catchers: settleTests,
  },
  {
    name: 'an operation is planned while another is in doubt',
    invariants: [17],
    file: `${PAYMENT}/domain/next-step.ts`,
    find: `  if (ops.some(isUnresolved)) return { do: 'wait' };
`,
    replace: ``,
    catchers: [...propertyTests, ...settleTests],
  },
  {
    name: 'each attempt is sent with the key of the first',
    invariants: [17],
    file: `${PAYMENT}/signing.ts`,
    find: '|${String(attempt)}`)',
    replace: '|${String(attempt > 0)}`)',
    catchers: signingTests,
  },
  {
    name: 'an operation in doubt is sent again with another key',
    invariants: [17],
    file: `${PAYMENT}/usecases/run-operation.ts`,
    find: `  const { pspKey: key, token, amount } = op;`,
    replace: `  const { token, amount } = op;
  const key = \`\${op.pspKey}-\${String(op.queries)}\`;`,
    catchers: [
      { tests: `${PAYMENT}/workers/drive-operations.unit.test.ts` },
      { tests: `${PAYMENT}/trouble.unit.test.ts` },
      { seeds: 40 },
    ],
  },
  {
    name: 'a process that was paused sends what is no longer its own',
    invariants: [17],
    file: `${PAYMENT}/usecases/run-operation.ts`,
    find: `  if (deps.clock.now().getTime() - leasedAt.getTime() > leaseMs - callTimeoutMs) return;
`,
    replace: ``,
    catchers: [
      { tests: 'services/payment/test/crashes.integration.test.ts', named: 'paused between its lease and its call' },
    ],
  },
  {
    name: 'an operation is leased beside the one under way',
    invariants: [17],
    file: `${PAYMENT}/store/operation-queue.pg.ts`,
    find: `before.state in ('sent', 'unknown') or before.state`,
    replace: `before.state`,
    catchers: storeTests,
  },
  {
    name: 'an operation is taken over before its lease is over',
    invariants: [17],
    file: `${PAYMENT}/store/operation-queue.pg.ts`,
    find: `where o.state = 'sent' and o.lease_until <= clock_timestamp() and`,
    replace: `where o.state = 'sent' and`,
    catchers: storeTests,
  },
  {
    name: 'an operation that is settled is sent again (PostgreSQL)',
    invariants: [17],
    file: `${PAYMENT}/store/operation-queue.pg.ts`,
    find: `where id = $1 and state = 'unknown'`,
    replace: `where id = $1`,
    catchers: storeTests,
  },
  {
    name: 'an operation that is being sent is written down as cancelled',
    invariants: [17, 23],
    file: `${PAYMENT}/store/payment-store.pg.ts`,
    find: `return rowCount === planned.length;`,
    replace: `return rowCount <= planned.length;`,
    catchers: storeTests,
  },
];

const inDoubt: readonly PlantedBug[] = [
  {
    name: 'an operation is given up before the gateway would show it',
    invariants: [17, 21],
    file: `${PAYMENT}/domain/resolve.ts`,
    find: `return doubt.sinceSentMs >= horizonMs ? 'give_up' : 'ask_again';`,
    replace: `return horizonMs > 0 ? 'give_up' : 'ask_again';`,
    catchers: resolveTests,
  },
  {
    name: 'an operation in doubt is never given up',
    invariants: [21],
    file: `${PAYMENT}/domain/resolve.ts`,
    find: `doubt.sends <= RESENDS_MAX`,
    replace: `doubt.sends > 0`,
    catchers: resolveTests,
  },
  {
    name: 'an operation in doubt is never asked about',
    invariants: [21],
    file: `${PAYMENT}/store/operation-queue.pg.ts`,
    find: `where o.state = 'unknown' and o.next_at <= clock_timestamp() and`,
    replace: `where o.state = 'unknown' and o.next_at is null and`,
    catchers: storeTests,
  },
];

const webhooks: readonly PlantedBug[] = [
  {
    name: 'any signature of a webhook will do',
    invariants: [22],
    file: `${PAYMENT}/signing.ts`,
    find: ` && timingSafeEqual(Buffer.from(expected), Buffer.from(signature));`,
    replace: `;`,
    catchers: signingTests,
  },
  {
    name: 'a webhook is played back after hours',
    invariants: [22],
    file: `${PAYMENT}/signing.ts`,
    find: `      if (Math.abs(at.getTime() - signedAt) > TOLERANCE_S * 1_000) return false;
`,
    replace: ``,
    catchers: signingTests,
  },
  {
    name: 'a webhook that is not signed is taken in',
    invariants: [22],
    file: `${PAYMENT}/usecases/receive-webhook.ts`,
    find: `if (!deps.verifier.verify(rawBody, signature, operation.at)) {`,
    replace: `if (signature === undefined && !deps.verifier.verify(rawBody, signature, operation.at)) {`,
    catchers: [
      { tests: `${PAYMENT}/composition.unit.test.ts` },
      { tests: 'services/payment/test/payments.integration.test.ts' },
      { tests: 'services/payment/test/doubts.integration.test.ts' },
    ],
  },
  {
    name: 'a webhook has its effect again',
    invariants: [22],
    file: `${PAYMENT}/store/webhook-log.pg.ts`,
    find: `        if (rowCount === 0) return false;
`,
    replace: `        if (rowCount < 0) return false;
`,
    catchers: storeTests,
  },
];

export const paymentBugs: readonly PlantedBug[] = [...once, ...inDoubt, ...webhooks];
