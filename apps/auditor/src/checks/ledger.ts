import { findByQuery } from '../check.ts';
import type { Check } from '../check.ts';

/** Within the ledger: each journal sums to zero in each currency. */
export const journalsBalance: Check = {
  name: 'journals-balance',
  rule: 7,
  title: 'every ledger journal has two entries or more and sums to zero in each currency',
  lookAt: 'payment.ledger_journals and payment.ledger_entries',
  scope: 'store',
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(*) as count from payment.ledger_journals`,
      violations: `
        select 'journal ' || journals.id as subject,
          coalesce('sums to ' || sum(entries.amount) || ' ' || entries.currency, 'has no entries') as detail,
          count(entries.*)::text as versions
        from payment.ledger_journals journals left join payment.ledger_entries entries on entries.journal_id = journals.id
        group by journals.id, entries.currency
        having coalesce(sum(entries.amount), 0) <> 0 or count(entries.*) < 2`,
    }),
};

/** Within the ledger: all accounts together hold nothing. */
export const trialBalance: Check = {
  name: 'trial-balance',
  rule: 7,
  title: 'the balances of all accounts sum to zero in each currency',
  lookAt: 'payment.ledger_entries',
  scope: 'store',
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(*) as count from payment.ledger_entries`,
      violations: `
        select 'currency ' || currency as subject, 'all accounts sum to ' || sum(amount) as detail, count(*)::text as versions
        from payment.ledger_entries group by currency having sum(amount) <> 0`,
    }),
};

/** Within the ledger: what keeps it append-only is in place and switched on. */
export const ledgerIsAppendOnly: Check = {
  name: 'ledger-append-only',
  rule: 7,
  title: 'updates and deletes of the ledger are refused by the database',
  lookAt: 'the triggers of payment.ledger_journals and payment.ledger_entries',
  scope: 'store',
  run: (tx) =>
    findByQuery(tx, {
      count: `select 4 as count`,
      violations: `
        select 'table payment.' || wanted.relation as subject,
          'nothing refuses ' || wanted.what || ' it' as detail, '' as versions
        from (values
          -- bits of pg_trigger.tgtype: 8 delete, 16 update, 32 truncate
          ('ledger_journals', 'updating or deleting from', 24), ('ledger_entries', 'updating or deleting from', 24),
          ('ledger_journals', 'truncating', 32), ('ledger_entries', 'truncating', 32)
        ) wanted (relation, what, bits)
        where not exists (
          select from pg_trigger where tgrelid = ('payment.' || wanted.relation)::regclass
            and tgenabled in ('O', 'A') and tgtype & wanted.bits = wanted.bits and tgtype & 2 = 2
        )`,
    }),
};

/** Within the payment store: each payment's captured and refunded money is in the ledger, and nothing else is. */
export const paymentsAreBooked: Check = {
  name: 'payments-booked',
  rule: 7,
  title: 'what was captured and refunded equals what the ledger booked for it',
  lookAt: 'payment.payments against payment.ledger_journals and payment.ledger_entries by payment_id',
  scope: 'store',
  run: (tx) =>
    findByQuery(tx, {
      count: `select count(*) as count from payment.payments where captured > 0`,
      // money comes in through a gateway or a driver's hands; cash goes back as what is owed to the rider
      violations: `
        with booked as (
          select journals.payment_id,
            sum(entries.amount) filter (
              where journals.kind in ('capture', 'debt_capture') and entries.account ~ '^(gateway|cash):') as captured,
            -sum(entries.amount) filter (
              where journals.kind = 'refund' and entries.account ~ '^(gateway:|rider:.*:payable$)') as refunded
          from payment.ledger_journals journals
          join payment.ledger_entries entries on entries.journal_id = journals.id
          group by journals.payment_id
        )
        select 'payment ' || payments.id as subject,
          'captured ' || payments.captured || ' and refunded ' || payments.refunded || ', the ledger says '
            || coalesce(booked.captured, 0) || ' and ' || coalesce(booked.refunded, 0) as detail,
          payments.version::text as versions
        from payment.payments payments left join booked on booked.payment_id = payments.id
        where payments.captured <> coalesce(booked.captured, 0) or payments.refunded <> coalesce(booked.refunded, 0)`,
    }),
};
