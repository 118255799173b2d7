import { findByQueries, findByQuery } from '../check.ts';
import type { Check } from '../check.ts';
import type { Look } from '../look.ts';

/** The entries of the journals that are looked at. */
const entriesOf = ({ among, changes }: Look) =>
  changes
    ? `(select entries.* from payment.ledger_journals journals join payment.ledger_entries entries on entries.journal_id = journals.id
        where ${among('payments', 'journals.payment_id')})`
    : 'payment.ledger_entries';

/** Within the ledger: each journal sums to zero in each currency. */
export const journalsBalance: Check = {
  name: 'journals-balance',
  rule: 12,
  title: 'every ledger journal has two entries or more and sums to zero in each currency',
  lookAt: 'payment.ledger_journals and payment.ledger_entries by journal_id',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from payment.ledger_journals where ${look.among('payments', 'payment_id')}`,
      violations: `
        select 'journal ' || journals.id as subject,
          coalesce('sums to ' || sum(entries.amount) || ' ' || entries.currency, 'has no entries') || ', of payment ' || journals.payment_id as detail,
          count(entries.*)::text as versions
        from payment.ledger_journals journals left join payment.ledger_entries entries on entries.journal_id = journals.id
        where ${look.among('payments', 'journals.payment_id')}
        group by journals.id, journals.payment_id, entries.currency
        having coalesce(sum(entries.amount), 0) <> 0 or count(entries.*) < 2`,
    }),
};

/** Within the ledger: all accounts together hold nothing, and nothing is booked that belongs to no journal. */
export const trialBalance: Check = {
  name: 'trial-balance',
  rule: 13,
  title: 'the balances of all accounts sum to zero in each currency',
  lookAt: 'payment.ledger_entries, summed by currency',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from ${entriesOf(look)} entries`,
      violations: `
        select 'currency ' || currency as subject, 'all accounts sum to ' || sum(amount) as detail, count(*)::text as versions
        from ${entriesOf(look)} entries group by currency having sum(amount) <> 0`,
    }),
};

/** Within the payment store: each payment's captured and refunded money is in the ledger, and nothing else is. */
export const paymentsAreBooked: Check = {
  name: 'payments-booked',
  rule: 13,
  title: 'what was captured, refunded and is owed equals what the ledger booked for it',
  lookAt: 'payment.payments against payment.ledger_journals and payment.ledger_entries by payment_id',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from payment.payments where captured > 0 and ${look.among('payments', 'id')}`,
      // money comes in through a gateway or a driver's hands; cash goes back as what is owed to the rider
      violations: `
        with booked as (
          select journals.payment_id,
            sum(entries.amount) filter (
              where journals.kind in ('capture', 'debt_capture') and entries.account ~ '^(gateway|cash):') as captured,
            -sum(entries.amount) filter (
              where journals.kind = 'refund' and entries.account ~ '^(gateway:|rider:.*:payable$)') as refunded,
            sum(entries.amount) filter (where entries.account ~ '^rider:.*:debt$') as owed
          from payment.ledger_journals journals
          join payment.ledger_entries entries on entries.journal_id = journals.id
          where ${look.among('payments', 'journals.payment_id')} group by journals.payment_id
        )
        select 'payment ' || payments.id as subject,
          'captured ' || payments.captured || ', refunded ' || payments.refunded || ' and is owed ' || payments.outstanding
            || ', the ledger says ' || coalesce(booked.captured, 0) || ', ' || coalesce(booked.refunded, 0) || ' and '
            || coalesce(booked.owed, 0) as detail,
          payments.version::text as versions
        from payment.payments payments left join booked on booked.payment_id = payments.id
        where ${look.among('payments', 'payments.id')}
          and (payments.captured, payments.refunded, payments.outstanding)
            is distinct from (coalesce(booked.captured, 0), coalesce(booked.refunded, 0), coalesce(booked.owed, 0))
        union all
        select 'payment ' || booked.payment_id, 'is booked in the ledger and is not there', ''
        from booked left join payment.payments payments on payments.id = booked.payment_id where payments.id is null`,
    }),
};

/** Between the ledger and the log: a journal is today what was published when it was booked. */
export const ledgerIsAsPublished: Check = {
  name: 'ledger-as-published',
  rule: 14,
  title: 'the entries of a journal are still those that its event carried when it was booked',
  lookAt: 'data.journal of payment.events in event_log.records against payment.ledger_entries by journal_id',
  scope: 'store',
  run: (look) => {
    const journals = `${look.records('payment.events')} records where jsonb_typeof(envelope -> 'data' -> 'journal') = 'object'`;
    return findByQueries(look, [
      {
        count: `select count(*) as count from ${journals}`,
        violations: `
          with told as (
            select distinct on (id) id, payment_id, lines from (
              select (envelope -> 'data' -> 'journal' ->> 'journalId')::uuid as id, envelope -> 'data' ->> 'paymentId' as payment_id,
                envelope -> 'data' -> 'journal' -> 'lines' as lines from ${journals}) published
          ), kept as (
            select journal_id, jsonb_agg(jsonb_build_object('account', account,
              'amount', jsonb_build_object('amount', amount, 'currency', currency)) order by line) as lines
            from ${entriesOf(look)} entries group by journal_id
          )
          select 'journal ' || told.id as subject,
            case when kept.journal_id is null then 'of payment ' || told.payment_id || ' has lost its entries'
              else 'of payment ' || told.payment_id || ' is no longer as it was published' end as detail,
            '' as versions
          from told left join kept on kept.journal_id = told.id where kept.lines is distinct from told.lines`,
      },
    ]);
  },
};
