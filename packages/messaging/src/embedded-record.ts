import { declaredTopic } from './embedded-topics.ts';
import type { Headers, LogRecord } from './log.ts';

/** A record as the tables of the embedded log give it. */
export interface RecordRow {
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: number;
  readonly key: string;
  readonly type: string;
  readonly headers: Headers;
  readonly envelope: unknown;
  readonly appended_at: Date;
  readonly from_beginning: boolean;
}

/** The columns of {@link RecordRow} that come from `event_log.records`, named `r`. */
export const RECORD_COLUMNS = 'r.topic, r.partition, r.log_offset, r.key, r.type, r.headers, r.envelope, r.appended_at';

/** The record behind a row. */
export function toRecord(prefix: string, row: RecordRow): LogRecord {
  return {
    topic: declaredTopic(prefix, row.topic),
    partition: row.partition,
    offset: row.log_offset,
    key: row.key,
    type: row.type,
    headers: row.headers,
    envelope: row.envelope,
    appendedAt: row.appended_at,
    fromBeginning: row.from_beginning,
  };
}
