import type { Look } from './look.ts';

/** The first and the last event of a stream among the records of a look. */
export interface StreamHead {
  readonly earliest: number;
  readonly latest: number;
}

interface HeadRow extends StreamHead {
  readonly stream: string;
}

/** Every stream of the look's records but those of messages, which have one event each. */
export function publishedHeads(look: Look): Promise<ReadonlyMap<string, StreamHead>> {
  return look.once('heads', async () => {
    const { rows } = await look.tx.query<HeadRow>(
      `select envelope ->> 'stream' as stream, min((envelope ->> 'sequence')::bigint) as earliest,
         max((envelope ->> 'sequence')::bigint) as latest
       from ${look.records('.events')} records where topic not like '%notification.events' group by 1`,
    );
    return new Map(rows.map(({ earliest, latest, stream }) => [stream, { earliest, latest }]));
  });
}

/**
 * The last sequences that were in the log before the window of the look: from memory, and from the log itself where
 * nothing is known. A look at everything has nothing before it.
 */
export async function headsBefore(look: Look, streams: Iterable<string>): Promise<ReadonlyMap<string, number>> {
  const heads = new Map<string, number>();
  if (!look.changes) return heads;
  const unknown: string[] = [];
  for (const stream of streams) {
    const known = look.memory.heads.get(stream);
    if (known === undefined) unknown.push(stream);
    else heads.set(stream, known);
  }
  if (unknown.length === 0) return heads;
  const { rows } = await look.tx.query<{ stream: string; latest: number }>(
    `select envelope ->> 'stream' as stream, max((envelope ->> 'sequence')::bigint) as latest
     from event_log.records records
     join jsonb_to_recordset($2::jsonb) as since (topic text, partition int, log_offset bigint) using (topic, partition)
     where records.log_offset < since.log_offset and since.topic like '%.events'
       and since.topic not like '%notification.events' and envelope ->> 'stream' = any ($1::text[]) group by 1`,
    [unknown, JSON.stringify(look.changes.window)],
  );
  for (const { latest, stream } of rows) heads.set(stream, latest);
  return heads;
}
