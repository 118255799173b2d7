import { findByQueries, findByQuery } from '../check.ts';
import type { Check } from '../check.ts';
import type { Look } from '../look.ts';

/** Nobody may be left in doubt about a payment for longer. */
const DOUBT_MAX_S = 900;
/** What a gateway has said of an operation is asked about at once; this leaves room for its worst day. */
const ANSWER_MAX_S = 300;
/** The shortest time after which a card network lets a hold lapse: 4 days and 18 hours. */
const HOLD_MAX_H = 114;

/** Payments that nothing is on its way for any more. */
const atRest = ({ among }: Look) => `
  select * from payment.payments payments
  where method_id is not null and ${among('payments', 'id')} and not exists (
    select from payment.payment_ops ops where ops.payment_id = payments.id
      and (ops.state in ('planned', 'sent', 'unknown') or ops.recheck_at is not null))`;

/** Between payments and their gateway: both tell of the same money. */
export const gatewayAgrees: Check = {
  name: 'gateway-agrees',
  rule: 17,
  title: 'what the gateway has taken and given back is what the payment says, however often it was asked',
  lookAt: 'payment.sandbox_operations by key = payment.payment_ops.psp_key; payment.payments',
  scope: 'across',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from (${atRest(look)}) payments`,
      violations: `
        with resting as materialized (${atRest(look)}), taken as (
          select ops.payment_id,
            coalesce(sum(gateway.amount) filter (where gateway.kind = 'capture'), 0) as captured,
            coalesce(sum(gateway.amount) filter (where gateway.kind = 'refund'), 0) as refunded
          from resting join payment.payment_ops ops on ops.payment_id = resting.id
          join payment.sandbox_operations gateway on gateway.key = ops.psp_key and gateway.state = 'done'
          group by ops.payment_id
        )
        select 'payment ' || resting.id as subject,
          'kept ' || (resting.captured - resting.refunded) || ', the gateway took ' || coalesce(taken.captured, 0) || ' and gave back '
            || coalesce(taken.refunded, 0) as detail,
          resting.version::text as versions
        from resting left join taken on taken.payment_id = resting.id
        where resting.captured - resting.refunded <> coalesce(taken.captured - taken.refunded, 0)`,
    }),
};

/** Within the payment store: doubt ends. */
export const doubtEnds: Check = {
  name: 'doubt-ends',
  rule: 21,
  title: `no operation is in doubt for longer than ${String(DOUBT_MAX_S / 60)} minutes, and no payment without one that is`,
  lookAt: 'payment.payment_ops in state sent or unknown; the resolver’s log lines; ask the gateway by psp_key',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from payment.payment_ops where state in ('sent', 'unknown')`,
      violations: `
        select 'payment ' || payment_id as subject, op || ' ' || id || ' is ' || state || ' since ' || coalesce(sent_at, created_at) as detail,
          sends || '/' || queries as versions
        from payment.payment_ops
        where state in ('sent', 'unknown') and coalesce(sent_at, created_at) < clock_timestamp() - interval '${String(DOUBT_MAX_S)} seconds'
        union all
        select 'payment ' || payments.id, 'is unknown, and no operation of it is in doubt', payments.version::text
        from payment.payments payments
        where payments.status = 'unknown' and not exists (
          select from payment.payment_ops ops where ops.payment_id = payments.id and ops.state in ('planned', 'sent', 'unknown'))`,
    }),
};

/** Within the payment store: what a gateway tells is taken in once and leads to an answer. */
export const webhooksConverge: Check = {
  name: 'webhooks-converge',
  rule: 22,
  title: 'an event of the gateway is taken in once, and what it told about is settled soon after',
  lookAt: 'payment.webhook_events, and payment.payment_ops by psp_key',
  scope: 'store',
  run: (look) =>
    findByQueries(look, [
      {
        count: `select count(*) as count from payment.payment_ops where state = 'unknown'`,
        violations: `
          select 'payment ' || ops.payment_id as subject,
            ops.op || ' ' || ops.id || ' is unknown, the gateway told of it at ' || events.received_at as detail,
            ops.queries::text as versions
          from payment.payment_ops ops join payment.webhook_events events on events.psp_key = ops.psp_key
          where ops.state = 'unknown' and events.received_at < clock_timestamp() - interval '${String(ANSWER_MAX_S)} seconds'`,
      },
      // each is one row by its key; to look at all of them every minute would only test that key
      ...(look.changes
        ? []
        : [
            {
              count: `select count(*) as count from payment.webhook_events`,
              violations: `
                select 'event ' || event_id as subject, 'of ' || gateway || ' was taken in ' || count(*) || ' times' as detail,
                  count(*)::text as versions
                from payment.webhook_events group by gateway, event_id having count(*) > 1`,
            },
          ]),
    ]),
};

/** Between payments and their gateway: no hold outlives its use. */
export const holdsAreLetGo: Check = {
  name: 'holds-let-go',
  rule: 23,
  title: 'a hold is captured or let go before it lapses, and none is left when a payment is over',
  lookAt: 'payment.payment_ops of kind hold; payment.sandbox_operations of kind authorize',
  scope: 'across',
  run: (look) =>
    findByQueries(look, [
      {
        count: `select count(*) as count from payment.payments where status in ('authorized', 'unknown') and ${look.among('payments', 'id')}`,
        violations: `
          select 'payment ' || payments.id as subject, 'holds ' || ops.amount || ' since ' || ops.created_at as detail,
            payments.version::text as versions
          from payment.payments payments join payment.payment_ops ops on ops.payment_id = payments.id
          where payments.status in ('authorized', 'unknown') and payments.captured = 0 and ops.op = 'hold' and ops.state = 'done'
            and ops.created_at < clock_timestamp() - interval '${String(HOLD_MAX_H)} hours'`,
      },
      {
        count: `select count(*) as count from (${atRest(look)}) payments`,
        // what the gateway would not let go was tried, and lapses there by itself
        violations: `
          select 'payment ' || resting.id as subject,
            'is ' || resting.status || ', and the gateway holds ' || gateway.amount || ' under ' || gateway.reference as detail,
            resting.version::text as versions
          from (${atRest(look)}) resting
          join payment.payment_ops ops on ops.payment_id = resting.id and ops.op in ('hold', 'debt_hold')
          join payment.sandbox_operations gateway on gateway.key = ops.psp_key and gateway.state = 'done'
          where resting.status not in ('pending', 'authorized', 'unknown')
            and gateway.created_at < clock_timestamp() - interval '${String(ANSWER_MAX_S)} seconds'
            and not exists (select from payment.sandbox_operations later
              where later.target_ref = gateway.reference and later.kind in ('capture', 'void') and later.state = 'done')
            and not exists (select from payment.payment_ops tried
              where tried.payment_id = resting.id and tried.op in ('void', 'release') and tried.state = 'failed')`,
      },
    ]),
};
