import type { Topic } from '@rideshare/contracts';
import type { Queryable } from '@rideshare/postgres';
import type { WaitingEvent } from './consumer-store.ts';
import type { Headers } from './log.ts';

/** An event that waits, as its table gives it. */
export interface WaitingRow {
  readonly event_id: string;
  readonly stream: string;
  readonly sequence: number;
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: number;
  readonly key: string;
  readonly headers: Headers;
  readonly envelope: unknown;
}

/** The columns of {@link WaitingRow}. */
export const WAITING_COLUMNS = 'event_id, stream, sequence, topic, partition, log_offset, key, headers, envelope';

/** {@link waitingValues}, from the second parameter on. */
export const WAITING_ARRAYS =
  '$2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::int[], $7::bigint[], $8::text[], $9::jsonb[], $10::jsonb[]';

/** The event behind a row. */
export function toWaiting(row: WaitingRow): WaitingEvent {
  const { key, partition, headers, envelope } = row;
  const type = (envelope as { readonly type: string }).type; // only events with a readable envelope wait
  const record = { topic: row.topic as Topic, partition, offset: row.log_offset, key, type, headers, envelope };
  return { record, eventId: row.event_id, stream: row.stream, sequence: row.sequence };
}

/** The rows of events, column by column. */
export function waitingValues(events: readonly WaitingEvent[]): unknown[] {
  return [
    events.map(({ eventId }) => eventId),
    events.map(({ stream }) => stream),
    events.map(({ sequence }) => sequence),
    events.map(({ record }) => record.topic),
    events.map(({ record }) => record.partition),
    events.map(({ record }) => record.offset),
    events.map(({ record }) => record.key),
    events.map(({ record }) => JSON.stringify(record.headers)),
    events.map(({ record }) => JSON.stringify(record.envelope)),
  ];
}

/** The parked events that match `condition`, a text of ours; the last of `values` is the most there may be. */
export async function findParked(
  queryable: Queryable,
  condition: string,
  values: readonly unknown[],
  lock: '' | 'for update' = '',
): Promise<WaitingEvent[]> {
  const { rows } = await queryable.query<WaitingRow>(
    `select ${WAITING_COLUMNS} from parked_events where ${condition}
     order by stream, sequence limit $${String(values.length)} ${lock}`,
    values,
  );
  return rows.map(toWaiting);
}
