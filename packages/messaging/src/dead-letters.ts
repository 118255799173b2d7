import type { Topic } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import type { Database, PgTransaction } from '@rideshare/postgres';
import { saveProgress } from './consumer-store.ts';
import type { Counts } from './consumer-store.ts';
import type { Headers } from './log.ts';

/** An event that was given up. */
export interface DeadLetter {
  readonly id: number;
  readonly group: string;
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly type: string;
  /** Null where the envelope could not be read. */
  readonly eventId: string | null;
  readonly stream: string | null;
  readonly sequence: number | null;
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

/** A dead letter with what was in it. */
export interface DeadLetterContent extends DeadLetter {
  readonly headers: Headers;
  readonly envelope: unknown;
}

/** Which dead letters; all that is given must hold. */
export interface DeadLetterFilter {
  readonly ids?: readonly number[];
  readonly group?: string;
  readonly stream?: string;
}

/** The dead letters of one service. */
export interface DeadLetters {
  /** The oldest first, after `afterId`. */
  list(filter?: DeadLetterFilter & { readonly afterId?: number; readonly limit?: number }): Promise<DeadLetter[]>;
  /** @throws `DEAD_LETTER_NOT_FOUND`. */
  show(id: number): Promise<DeadLetterContent>;
  /**
   * Hands dead letters back to their consumer, which tries them within a second; returns how many.
   *
   * @remarks An event that has been overtaken (a later one of its stream ended the stream) is skipped there.
   * @throws `DEAD_LETTER_UNREADABLE` when one of them has no readable envelope; none is handed back then.
   */
  redrive(filter: DeadLetterFilter): Promise<number>;
}

const COLUMNS = `id, group_name as "group", topic, partition, log_offset as "offset", key, type, event_id as "eventId",
  stream, sequence, code, message, attempts, first_failed_at as "firstFailedAt", last_failed_at as "lastFailedAt"`;
const MATCHES = `($1::bigint[] is null or id = any ($1::bigint[])) and ($2::text is null or group_name = $2)
  and ($3::text is null or stream = $3)`;
const LIST_LIMIT = 100;

function matching({ ids, group, stream }: DeadLetterFilter): unknown[] {
  return [ids ?? null, group ?? null, stream ?? null];
}

/** Puts the letters among the retries that are due; one that is waiting there already (a duplicate) is dropped. */
async function handBack(tx: PgTransaction, filter: DeadLetterFilter): Promise<number> {
  const { rows } = await tx.query<{ id: number; group: string; topic: Topic; eventId: string | null; added: boolean }>(
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
  const unreadable = rows.find(({ eventId }) => eventId === null);
  if (unreadable) {
    throw new AppError(
      'DEAD_LETTER_UNREADABLE',
      'invalid',
      `dead letter ${String(unreadable.id)} has no readable envelope`,
    );
  }
  for (const [group, letters] of Map.groupBy(rows, (row) => row.group)) {
    const counts = new Map<Topic, Counts>();
    for (const { topic, added } of letters) {
      const held = counts.get(topic) ?? { consumed: 0, applied: 0, skipped: 0, parked: 0, dead: 0 };
      held.dead -= 1;
      held[added ? 'parked' : 'skipped'] += 1;
      counts.set(topic, held);
    }
    await saveProgress(tx, group, { heads: new Map(), seen: [], counts });
  }
  return rows.length;
}

/** The dead letters in the schema of `database`. */
export function createDeadLetters({ database }: { readonly database: Database }): DeadLetters {
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
      throw new AppError('DEAD_LETTER_NOT_FOUND', 'not_found', `there is no dead letter ${String(id)}`);
    },
    redrive: (filter) => database.transaction((tx) => handBack(tx, filter)),
  };
}
