/**
 * What a check sees: one moment of the whole database, all of it or what has changed lately.
 *
 * A look at what has changed keeps the changed ids and the window of the log as settings of its transaction, so that the
 * statements of both kinds of look differ by a condition and not by their values.
 */
import type { Queryable } from '@rideshare/postgres';
import type { Changes, Subject } from './changes.ts';
import type { JournalEntry } from './journal.ts';
import { NOTHING_KNOWN } from './memory.ts';
import type { Memory } from './memory.ts';

/** One look at the stores. */
export interface Look {
  readonly tx: Queryable;
  /** Undefined: everything is looked at. */
  readonly changes: Changes | undefined;
  /** What clients were told, where a journal was given. */
  readonly journal: readonly JournalEntry[] | undefined;
  /** What earlier looks have seen of the log. */
  readonly memory: Memory;
  /** A condition: the column holds an id that is looked at. */
  readonly among: (subject: Subject, column: string) => string;
  /** A condition: the column holds a time that is looked at. */
  readonly lately: (column: string) => string;
  /** A source of rows: the records of the topics that end so, all of them or those that came since the last look. */
  readonly records: (topic: string) => string;
  /** What several checks need, made once a look. */
  once<T>(key: string, make: () => Promise<T>): Promise<T>;
}

/** The topics that end in `topic`, whatever their prefix; an array, so that the log is read by its key. */
export const topicsLike = (topic: string) =>
  `any (array(select topic from event_log.log_topics where topic like '%${topic}'))`;

/** Whether retention has dropped something of these topics already. */
export const retained = (topic: string) =>
  `exists (select from event_log.log_partitions where topic = ${topicsLike(topic)} and first > 0)`;

const WINDOW = `jsonb_to_recordset(current_setting('auditor.window')::jsonb)
  as since (topic text, partition int, log_offset bigint)`;

/** What a look begins with beside its transaction. */
export interface LookOptions {
  readonly changes?: Changes | undefined;
  readonly journal?: readonly JournalEntry[] | undefined;
  readonly memory?: Memory | undefined;
}

/** Begins a look in an open transaction. */
export async function beginLook(tx: Queryable, options: LookOptions = {}): Promise<Look> {
  const { changes, journal, memory = NOTHING_KNOWN } = options;
  if (changes) await remember(tx, changes);
  const made = new Map<string, Promise<unknown>>();
  return {
    tx,
    changes,
    journal,
    memory,
    among: (subject, column) => (changes ? `${column} = any (current_setting('auditor.${subject}')::uuid[])` : 'true'),
    lately: (column) => (changes ? `${column} >= current_setting('auditor.since')::timestamptz` : 'true'),
    records: (topic) =>
      changes
        ? `(select log.* from ${WINDOW} cross join lateral (
             select * from event_log.records
             where topic = since.topic and partition = since.partition and log_offset >= since.log_offset) log
           where since.topic like '%${topic}')`
        : `(select * from event_log.records where topic = ${topicsLike(topic)})`,
    once<T>(key: string, make: () => Promise<T>): Promise<T> {
      const known = made.get(key) as Promise<T> | undefined;
      if (known) return known;
      const making = make();
      made.set(key, making);
      return making;
    },
  };
}

async function remember(tx: Queryable, { ids, since, window }: Changes): Promise<void> {
  for (const [subject, list] of Object.entries(ids)) {
    await tx.query(`select set_config('auditor.' || $1, $2, true)`, [subject, `{${list.join(',')}}`]);
  }
  await tx.query(`select set_config('auditor.since', $1, true)`, [since.toISOString()]);
  await tx.query(`select set_config('auditor.window', $1, true)`, [JSON.stringify(window)]);
}
