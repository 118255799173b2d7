import { money } from '@rideshare/kernel';
import type { Database } from '@rideshare/postgres';
import type { LeasedOp, LeaseMode, OperationQueue } from '../usecases/ports.ts';

interface LeasedRow {
  readonly id: string;
  readonly mode: LeaseMode;
  readonly op: LeasedOp['kind'];
  readonly attempt: number;
  readonly payment_id: string;
  readonly trip_id: string;
  readonly goal: LeasedOp['goal'];
  readonly psp_key: string;
  readonly amount: number;
  readonly currency: string;
  readonly target_ref: string | null;
  readonly token: string | null;
  readonly sends: number;
  readonly queries: number;
  readonly since_sent_ms: number;
  readonly trace: Readonly<Record<string, string>>;
}

/** Due by time, whosever they are; or one payment's, and then planned ones whatever time they were planned for. */
const SCOPES = {
  due: { planned: 'o.next_at <= clock_timestamp()', other: 'true' },
  payment: { planned: 'o.payment_id = $3', other: 'o.payment_id = $3' },
} as const;

/**
 * One operation of a payment at a time: a planned one waits for those before it and for the one under way. Rows that
 * another process is taking are skipped; `payment_ops_one_unresolved` is the last wall.
 */
function leaseStatement(scope: keyof typeof SCOPES): string {
  const { planned, other } = SCOPES[scope];
  return `
  with planned as (
    select o.id from payment_ops o
    where o.state = 'planned' and ${planned}
      and not exists (
        select from payment_ops before where before.payment_id = o.payment_id
          and (before.state in ('sent', 'unknown') or before.state = 'planned' and before.position < o.position)
      )
    order by o.next_at limit $1 for update skip locked
  ), lapsed as (
    select o.id from payment_ops o where o.state = 'sent' and o.lease_until <= clock_timestamp() and ${other}
    order by o.lease_until limit $1 for update skip locked
  ), doubtful as (
    select o.id from payment_ops o where o.state = 'unknown' and o.next_at <= clock_timestamp() and ${other}
    order by o.next_at limit $1 for update skip locked
  ), late as (
    select o.id from payment_ops o where o.recheck_at <= clock_timestamp() and ${other}
    order by o.recheck_at limit $1 for update skip locked
  ), due as (
    select id, 'send' as mode, 2 as urgency from planned
    union all select id, 'query', 1 from lapsed
    union all select id, 'query', 1 from doubtful
    union all select id, 'recheck', 3 from late
    order by urgency limit $1
  ), leased as (
    update payment_ops o set
      state = case due.mode when 'send' then 'sent' when 'query' then 'unknown' else o.state end,
      sends = o.sends + (due.mode = 'send')::int,
      queries = o.queries + (due.mode = 'query')::int,
      sent_at = case due.mode when 'send' then clock_timestamp() else o.sent_at end,
      lease_until = clock_timestamp() + $2 * interval '1 millisecond',
      next_at = clock_timestamp() + $2 * interval '1 millisecond',
      recheck_at = case due.mode when 'recheck' then clock_timestamp() + $2 * interval '1 millisecond' end
    from due where o.id = due.id
    returning o.*, due.mode
  )
  select l.id, l.mode, l.op, l.attempt, l.payment_id, p.trip_id, p.goal, l.psp_key, l.amount, p.currency, l.target_ref,
    m.token, l.sends, l.queries, l.trace,
    coalesce(extract(epoch from clock_timestamp() - l.sent_at) * 1000, 0)::float8 as since_sent_ms
  from leased l join payments p on p.id = l.payment_id
    left join payment_methods m on m.id = l.method_id and m.rider_id = p.rider_id
  order by l.position`;
}

const LEASE = { due: leaseStatement('due'), payment: leaseStatement('payment') } as const;

function toLeased(row: LeasedRow): LeasedOp {
  return {
    id: row.id,
    mode: row.mode,
    kind: row.op,
    attempt: row.attempt,
    paymentId: row.payment_id,
    tripId: row.trip_id,
    goal: row.goal,
    pspKey: row.psp_key,
    amount: money(row.amount, row.currency),
    targetRef: row.target_ref,
    token: row.token,
    sends: row.sends,
    queries: row.queries,
    sinceSentMs: row.since_sent_ms,
    trace: row.trace,
  };
}

/** The operations in PostgreSQL; their table is their queue. */
export function createPgOperationQueue(database: Database): OperationQueue {
  return {
    async lease({ limit, leaseMs, paymentId }) {
      const scope = paymentId === undefined ? 'due' : 'payment';
      const values = [limit, leaseMs, ...(paymentId === undefined ? [] : [paymentId])];
      const { rows } = await database.query<LeasedRow>(LEASE[scope], values, { name: `operation_lease_${scope}` });
      return rows.map(toLeased);
    },
    async resend(opId, leaseMs) {
      const { rowCount } = await database.query(
        `update payment_ops set state = 'sent', sends = sends + 1, sent_at = clock_timestamp(),
           lease_until = clock_timestamp() + $2 * interval '1 millisecond'
         where id = $1 and state = 'unknown'`,
        [opId, leaseMs],
        { name: 'operation_resend' },
      );
      return rowCount === 1;
    },
    async forget(opId) {
      await database.query('update payment_ops set recheck_at = null where id = $1', [opId], {
        name: 'operation_forget',
      });
    },
  };
}
