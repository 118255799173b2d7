import type { Database, PgTransaction } from '@rideshare/postgres';
import type { Channel, Message } from '../domain/message.ts';
import type { DeliveryOutcome, InboxItem, MessageStore, PendingMessage, StoreHooks } from '../usecases/ports.ts';
import { publishSent } from './sent-events.ts';

interface MessageRow {
  readonly id: string;
  readonly user_id: string;
  readonly kind: Message['kind'];
  readonly channel: Channel;
  readonly template: string;
  readonly title: string;
  readonly body: string;
  readonly trip_id: string | null;
  readonly about_event_id: string;
  readonly correlation_id: string;
  readonly created_at: Date;
  readonly read_at: Date | null;
}

interface PendingRow extends MessageRow {
  readonly attempts: number;
  readonly email: string;
  readonly phone: string | null;
}

function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    userId: row.user_id,
    kind: row.kind,
    channel: row.channel,
    template: row.template,
    title: row.title,
    body: row.body,
    tripId: row.trip_id,
    aboutEventId: row.about_event_id,
    correlationId: row.correlation_id,
    createdAt: row.created_at,
  };
}

function toItem(row: MessageRow): InboxItem {
  const { body, createdAt, id, kind, title, tripId } = toMessage(row);
  return { id, kind, title, body, tripId, createdAt, readAt: row.read_at };
}

const ADD = `
  insert into messages
    (id, user_id, kind, channel, template, title, body, trip_id, about_event_id, correlation_id, state, next_at, created_at, sent_at)
  select id, user_id, kind, channel, template, title, body, trip_id, about_event_id, correlation_id,
    case channel when 'inbox' then 'sent' else 'pending' end, created_at, created_at,
    case channel when 'inbox' then created_at end
  from jsonb_to_recordset($1::jsonb) as added
    (id uuid, user_id uuid, kind text, channel text, template text, title text, body text, trip_id uuid,
     about_event_id uuid, correlation_id text, created_at timestamptz)
  on conflict do nothing
  returning *`;

// The lease is the due time itself, moved on: a process that dies gives its messages back when it passes. What waited for
// an account that was closed meanwhile stays inside.
const TAKE = `
  with due as (
    select messages.id, contacts.active, contacts.email, contacts.phone
    from messages join contacts using (user_id)
    where state = 'pending' and next_at <= clock_timestamp()
    order by next_at limit $1 for update of messages skip locked
  ), taken as (
    update messages set
      state = case when due.active then 'pending' else 'skipped' end,
      next_at = clock_timestamp() + $2 * interval '1 millisecond', attempts = attempts + 1
    from due where messages.id = due.id returning messages.*, due.active, due.email, due.phone
  )
  select * from taken where active`;

const SENT = `
  update messages set state = 'sent', sent_at = $2, last_error = null
  where id = any($1::uuid[]) and state = 'pending' returning *`;

const NOT_SENT = `
  update messages set state = outcome.state, next_at = outcome.next_at, last_error = outcome.error
  from jsonb_to_recordset($1::jsonb) as outcome (id uuid, state text, next_at timestamptz, error text)
  where messages.id = outcome.id and messages.state = 'pending'`;

const INBOX = `
  select * from messages
  where user_id = $1 and channel = 'inbox' and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
  order by created_at desc, id desc limit $4`;

async function settle(tx: PgTransaction, outcomes: readonly DeliveryOutcome[], at: Date): Promise<void> {
  const sent = outcomes.filter(({ state }) => state === 'sent').map(({ id }) => id);
  const { rows } = await tx.query<MessageRow>(SENT, [sent, at]);
  publishSent(tx, rows.map(toMessage), at);
  const rest = outcomes.flatMap((outcome) =>
    outcome.state === 'sent'
      ? []
      : [{ id: outcome.id, state: outcome.state, next_at: outcome.nextAt, error: outcome.error }],
  );
  if (rest.length > 0) await tx.query(NOT_SENT, [JSON.stringify(rest)]);
}

/** The messages in PostgreSQL. */
export function createPgMessageStore(database: Database, hooks: StoreHooks): MessageStore {
  return {
    add: (operation, messages) =>
      database.atomic(operation, async (tx) => {
        const rows = messages.map((message) => ({
          id: message.id,
          user_id: message.userId,
          kind: message.kind,
          channel: message.channel,
          template: message.template,
          title: message.title,
          body: message.body,
          trip_id: message.tripId,
          about_event_id: message.aboutEventId,
          correlation_id: message.correlationId,
          created_at: message.createdAt,
        }));
        const added = await tx.query<MessageRow>(ADD, [JSON.stringify(rows)], { name: 'messages-add' });
        const written = added.rows.map(toMessage);
        const inbox = written.filter(({ channel }) => channel === 'inbox');
        publishSent(tx, inbox, operation.at);
        if (inbox.length < written.length) {
          tx.afterCommit(() => {
            hooks.onPending();
          });
        }
        return undefined;
      }),
    async takePending(limit, leaseMs): Promise<readonly PendingMessage[]> {
      const { rows } = await database.query<PendingRow>(TAKE, [limit, leaseMs]);
      return rows.map((row) => ({
        message: toMessage(row),
        recipient: { userId: row.user_id, email: row.email, phone: row.phone },
        attempts: row.attempts - 1,
      }));
    },
    settle: (outcomes, at) => database.transaction((tx) => settle(tx, outcomes, at)),
    async inbox(userId, limit, after) {
      const values = [userId, after?.createdAt ?? null, after?.id ?? null, limit + 1];
      const { rows } = await database.query<MessageRow>(INBOX, values, { name: 'messages-inbox' });
      const items = rows.slice(0, limit).map(toItem);
      const last = items.at(-1);
      return { items, next: rows.length > limit && last ? { createdAt: last.createdAt, id: last.id } : undefined };
    },
    async countPending() {
      const { rows } = await database.query<{ channel: Channel; count: number }>(
        "select channel, count(*) as count from messages where state = 'pending' group by channel",
      );
      return rows;
    },
  };
}
