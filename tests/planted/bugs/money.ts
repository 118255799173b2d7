import type { PlantedBug } from '../plot.ts';

const PAYMENT = 'services/payment/src';
const LEDGER = 'services/payment/migrations/0002_create_ledger.sql';
const propertyTests = [{ tests: `${PAYMENT}/domain/payment.unit.test.ts` }];
const settleTests = [{ tests: `${PAYMENT}/domain/settle-op.unit.test.ts` }];
const goalTests = [{ tests: `${PAYMENT}/domain/set-goal.unit.test.ts` }];
const refundTests = [{ tests: `${PAYMENT}/domain/refund.unit.test.ts` }];
const shareTests = [{ tests: `${PAYMENT}/domain/shares.unit.test.ts` }];
const storeTests = [{ tests: 'services/payment/test/stores.contract.test.ts', named: '^PostgreSQL' }];
const ledgerTests = [{ tests: 'services/payment/test/ledger.integration.test.ts' }];

const ledger: readonly PlantedBug[] = [
  {
    name: 'a journal does not sum to zero (PostgreSQL)',
    invariants: [12],
    file: LEDGER,
    find: `having sum(e.amount) <> 0`,
    replace: `having count(*) = 0`,
    catchers: [...storeTests, ...ledgerTests],
  },
  {
    name: 'a journal does not sum to zero (memory)',
    invariants: [12],
    file: `${PAYMENT}/store/payment-walls.memory.ts`,
    find: `lines.length >= 2 && total === 0`,
    replace: `lines.length >= 2 && !Number.isNaN(total)`,
    catchers: [{ tests: 'services/payment/test/stores.contract.test.ts', named: '^memory' }],
  },
  {
    name: 'an entry of the ledger is changed',
    invariants: [14],
    file: LEDGER,
    find: `create trigger ledger_entries_append_only before update or delete on ledger_entries`,
    replace: `create trigger ledger_entries_append_only before delete on ledger_entries`,
    catchers: ledgerTests,
  },
  {
    name: 'an entry of the ledger is removed',
    invariants: [14],
    file: LEDGER,
    find: `create trigger ledger_entries_append_only before update or delete on ledger_entries`,
    replace: `create trigger ledger_entries_append_only before update on ledger_entries`,
    catchers: ledgerTests,
  },
  {
    name: 'an entry is added to a journal that is closed',
    invariants: [14],
    file: LEDGER,
    find: `if not exists (
    select from ledger_journals j`,
    replace: `if not exists (
    select from ledger_journals j where j.id = new.journal_id union all select from ledger_journals j`,
    catchers: ledgerTests,
  },
  {
    name: 'a debt is owed after it was paid',
    invariants: [13],
    file: `${PAYMENT}/domain/settle-op.ts`,
    find: `outstanding: payment.outstanding - op.amount,`,
    replace: `outstanding: payment.outstanding,`,
    catchers: [{ tests: `${PAYMENT}/domain/debt.unit.test.ts` }, ...settleTests],
  },
];

const amounts: readonly PlantedBug[] = [
  {
    name: 'more is captured than is held',
    invariants: [15],
    file: `${PAYMENT}/domain/next-step.ts`,
    find: `amount: Math.min(payment.goalAmount, payment.authorized),`,
    replace: `amount: payment.goalAmount,`,
    catchers: [...propertyTests, ...settleTests],
  },
  {
    name: 'more is captured than was authorized (PostgreSQL)',
    invariants: [15],
    file: 'services/payment/migrations/0001_create_payments.sql',
    find: `check (captured >= 0 and captured <= authorized)`,
    replace: `check (captured >= 0)`,
    catchers: storeTests,
  },
  {
    name: 'more is given back than was captured',
    invariants: [16],
    file: `${PAYMENT}/domain/refund.ts`,
    find: `if (amount > left || amount <= 0) throw`,
    replace: `if (amount <= 0) throw`,
    catchers: refundTests,
  },
  {
    name: 'what is being given back can be given back again',
    invariants: [16],
    file: `${PAYMENT}/domain/refund.ts`,
    find: `  draft.update({ refundReserved: payment.refundReserved + amount });
`,
    replace: ``,
    catchers: refundTests,
  },
  {
    name: 'a hold outlives a trip that came to nothing',
    invariants: [23],
    file: `${PAYMENT}/domain/next-step.ts`,
    find: `if (!hold || voids.length >= VOID_ATTEMPTS_MAX) return`,
    replace: `if (hold !== undefined || voids.length >= VOID_ATTEMPTS_MAX) return`,
    catchers: goalTests,
  },
  {
    name: 'a hold is taken for a trip that is over',
    invariants: [23],
    file: `${PAYMENT}/domain/next-step.ts`,
    find: `  if (unwanted) return { do: 'cancel', op: unwanted };
`,
    replace: ``,
    catchers: goalTests,
  },
  {
    name: 'a hold whose capture was refused is kept',
    invariants: [23],
    file: `${PAYMENT}/domain/next-step.ts`,
    find: `return uses.length > 0 && uses.every`,
    replace: `return uses.length > 99 && uses.every`,
    catchers: [...settleTests, ...propertyTests],
  },
  {
    name: 'nobody asks what became of the trip of an old hold',
    invariants: [23],
    file: `${PAYMENT}/usecases/sweep-goals.ts`,
    find: `if (trip) await`,
    replace: `if (!trip) await`,
    catchers: [{ tests: `${PAYMENT}/usecases/sweep-goals.unit.test.ts` }],
  },
  {
    name: 'a cash rider is charged for a ride that was cancelled',
    invariants: [8],
    file: `${PAYMENT}/domain/set-goal.ts`,
    find: `return wish.amount === 0 || uncollectable ?`,
    replace: `return wish.amount === 0 && uncollectable ?`,
    catchers: goalTests,
  },
];

const people: readonly PlantedBug[] = [
  {
    name: 'the shares of a driver are rounded to the nearest unit',
    invariants: [18],
    file: `${PAYMENT}/domain/shares.ts`,
    find: `Number((BigInt(amount) * BigInt(part)) / BigInt(whole))`,
    replace: `Math.round((amount * part) / whole)`,
    catchers: shareTests,
  },
  {
    name: 'a driver gives back the same money twice',
    invariants: [18],
    file: `${PAYMENT}/domain/shares.ts`,
    find: `return difference({ driver, bookingFee }, payment.returned);`,
    replace: `return { driver, bookingFee };`,
    catchers: shareTests,
  },
  {
    name: 'a rider pays for the trip of another',
    invariants: [33],
    file: `${PAYMENT}/usecases/create-payment.ts`,
    find: `return request.riderId === null || request.riderId === riderId;`,
    replace: `return request.riderId === null || riderId !== '';`,
    catchers: [
      { tests: `${PAYMENT}/usecases/create-payment.unit.test.ts` },
      { tests: 'services/payment/test/payments.integration.test.ts' },
    ],
  },
  {
    name: 'a card number is kept as the reason of a refund',
    invariants: [35],
    file: `${PAYMENT}/usecases/refund-payment.ts`,
    find: `  if (hasCardNumber(reason)) throw cardNumberRefused();
`,
    replace: ``,
    catchers: [{ tests: 'services/payment/test/payments.integration.test.ts' }],
  },
  {
    name: 'a card number with blanks is not seen',
    invariants: [35],
    file: `${PAYMENT}/domain/card-number.ts`,
    find: `.some((run) => groupsHoldCardNumber(run.split(/[\\s.-]/)));`,
    replace: `.some((run) => groupsHoldCardNumber([run]));`,
    catchers: [{ tests: `${PAYMENT}/domain/card-number.unit.test.ts` }],
  },
];

export const moneyBugs: readonly PlantedBug[] = [...ledger, ...amounts, ...people];
