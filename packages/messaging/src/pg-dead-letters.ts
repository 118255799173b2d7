import type { Database, PgTransaction } from '@rideshare/postgres';
import type { DeadLetter, DeadLetterContent, DeadLetterFilter, DeadLetters } from './dead-letters.ts';
import { saveProgress } from './pg-consumer-writes.ts';
import { countRedriven, letterNotFound, LIST_LIMIT } from './redrive.ts';
import type { RedrivenLetter } from './redrive.ts';

const COLUMNS = `id, group_name as "group", topic, partition, log_offset as "offset", key, type, event_id as "eventId",
  stream, sequence, code, message, attempts, first_failed_at as "firstFailedAt", last_failed_at as "lastFailedAt"`;
const MATCHES = `($1::bigint[] is null or id = any ($1::bigint[])) and ($2::text is null or group_name = $2)
  and ($3::text is null or stream = $3)`;

function matching({ ids, group, stream }: DeadLetterFilter): unknown[] {
  return [ids ?? null, group ?? null, stream ?? null];
}

/** Puts the letters among the retries that are due; one that is waiting there already (a duplicate) is dropped. */
async function handBack(tx: PgTransaction, filter: DeadLetterFilter): Promise<number> {
  const { rows } = await tx.query<RedrivenLetter>(
    `with letters as (
       delete from dead_letters where ${MATCHES} returning *
     ), added as (
       insert into event_retries (group_name, event_id, stream, sequence, topic, partition, log_offset, key, headers,
         envelope, attempts, code, message, first_failed_at, due_at)
       select distinct on (group_name, event_id) group_name, event_id, stream, sequence, topic, partition, log_offset, key,
         headers, envelope, 0, code, message, first_failed_at, clock_timestamp()
       from letters where event_id is not null order by group_name, event_id, id
       on conflict do nothing returning group_name, event_id
     )
     select id, group_name as "group", topic, event_id as "eventId",
       exists (select from added where added.group_name = letters.group_name and added.event_id = letters.event_id)
         and not exists (select from letters as earlier where earlier.group_name = letters.group_name
           and earlier.event_id = letters.event_id and earlier.id < letters.id) as added
     from letters`,
    matching(filter),
  );
  for (const [group, counts] of countRedriven(rows)) {
    await saveProgress(tx, group, { heads: new Map(), seen: [], counts });
  }
  return rows.length;
}

/** The dead letters in the schema of `database`. */
export function createPgDeadLetters(database: Database): DeadLetters {
  return {
    async list({ afterId = 0, limit = LIST_LIMIT, ...filter } = {}) {
      const { rows } = await database.query<DeadLetter>(
        `select ${COLUMNS} from dead_letters where ${MATCHES} and id > $4 order by id limit $5`,
        [...matching(filter), afterId, limit],
      );
      return rows;
    },
    async show(id) {
      const { rows } = await database.query<DeadLetterContent>(
        `select ${COLUMNS}, headers, envelope from dead_letters where id = $1`,
        [id],
      );
      if (rows[0]) return rows[0];
      throw letterNotFound(id);
    },
    redrive: (filter) => database.transaction((tx) => handBack(tx, filter)),
  };
}
