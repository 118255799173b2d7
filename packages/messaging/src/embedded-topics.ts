import { topics as declaredTopics } from '@rideshare/contracts';
import type { Topic } from '@rideshare/contracts';
import type { Database } from '@rideshare/postgres';

/** What the parts of the embedded log share. */
export interface LogContext {
  readonly database: Database;
  readonly prefix: string;
}

/** The topic as the log's tables name it. */
export function storedTopic(prefix: string, topic: Topic): string {
  return `${prefix}.${topic}`;
}

/** The declared name behind a stored one. */
export function declaredTopic(prefix: string, stored: string): Topic {
  return stored.slice(prefix.length + 1) as Topic;
}

/** Makes the declared topics where they are missing. The number of partitions of one that is there stays as it is. */
export async function ensureTopics({ database, prefix }: LogContext): Promise<ReadonlyMap<string, number>> {
  const declared = Object.entries(declaredTopics).map(([topic, { partitions, retentionH }]) => ({
    name: storedTopic(prefix, topic as Topic),
    partitions,
    retentionH,
  }));
  const names = declared.map(({ name }) => name);
  await database.query(
    `insert into event_log.log_topics (topic, partitions, retention_h)
     select topic, partitions, retention_h
     from unnest($1::text[], $2::int[], $3::int[]) as declared (topic, partitions, retention_h) order by topic
     on conflict (topic) do update set retention_h = excluded.retention_h
       where log_topics.retention_h <> excluded.retention_h`,
    [names, declared.map(({ partitions }) => partitions), declared.map(({ retentionH }) => retentionH)],
  );
  await database.query(
    `insert into event_log.log_partitions (topic, partition)
     select topic, partition from event_log.log_topics, generate_series(0, partitions - 1) as partition
     where topic = any ($1::text[]) order by topic, partition on conflict do nothing`,
    [names],
  );
  const { rows } = await database.query<{ topic: string; partitions: number }>(
    'select topic, partitions from event_log.log_topics where topic = any ($1::text[])',
    [names],
  );
  return new Map(rows.map(({ topic, partitions }) => [topic, partitions]));
}
