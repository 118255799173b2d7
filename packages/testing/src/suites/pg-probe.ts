import { asPg } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import type { ConsumerFigures, Effect, MessagingProbe } from './messaging-probe.ts';

/** Looks by SQL. */
export function pgProbe(database: Database): MessagingProbe {
  return {
    kind: 'postgres',
    async prepare() {
      await database.query(
        `create table effects (
           position bigint generated always as identity, group_name text, event_id uuid, stream text, sequence bigint)`,
      );
    },
    transaction: (work) => database.transaction(work),
    async atomic(operation, work) {
      await database.atomic(operation, work);
    },
    async addEffect(tx, { group, eventId, stream, sequence }, { once }) {
      await asPg(tx).query(
        `insert into effects (group_name, event_id, stream, sequence) select $1, $2, $3, $4
         where $5 or not exists (select from effects where group_name = $1 and event_id = $2)`,
        [group, eventId, stream, sequence, !once],
      );
    },
    async effects(group) {
      const { rows } = await database.query<Effect>(
        'select stream, sequence from effects where group_name = $1 order by position',
        [group],
      );
      return rows;
    },
    async figures(group) {
      const figures = ['consumed', 'applied', 'skipped', 'parked', 'dead'];
      const { rows } = await database.query<ConsumerFigures>(
        `select ${figures.map((name) => `coalesce(sum(${name}), 0)::int as ${name}`).join(', ')}
         from consumer_counts where group_name = $1`,
        [group],
      );
      const [row] = rows;
      if (!row) throw new Error('a sum has a row');
      return row;
    },
    async rows(table) {
      const { rows } = await database.query<{ rows: number }>(`select count(*) as rows from ${table}`);
      return rows[0]?.rows ?? 0;
    },
    async failStatement(tx) {
      await asPg(tx).query('select 1 / 0');
    },
    refuseLate(tx, error) {
      asPg(tx).collect(() => Promise.reject(error), [error]);
    },
    refuseAtCommit: (sequence) => refuseAtCommit(database, sequence),
    async ageParked(byMs, sequence) {
      await database.query(
        `update parked_events set parked_at = parked_at - $1 * interval '1 millisecond'
         where $2::bigint is null or sequence = $2`,
        [byMs, sequence ?? null],
      );
    },
    async ageInbox(byMs) {
      await database.query("update inbox set processed_at = processed_at - $1 * interval '1 millisecond'", [byMs]);
    },
    async postponeRetries() {
      await database.query("update event_retries set due_at = 'infinity'");
    },
    async moveHeads(group, sequence) {
      await database.query('update stream_heads set sequence = $2 where group_name = $1', [group, sequence]);
    },
  };
}

/** By a constraint that is checked at the commit. */
async function refuseAtCommit(database: Database, sequence: number): Promise<void> {
  await database.query(
    `create function refuse() returns trigger language plpgsql as $$
     begin
       if new.sequence = ${String(sequence)} then raise exception 'the books do not balance'; end if;
       return null;
     end $$`,
  );
  await database.query(
    'create constraint trigger refused after insert on effects deferrable initially deferred for each row execute function refuse()',
  );
}
