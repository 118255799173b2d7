import { findByQueries } from '../check.ts';
import type { Check } from '../check.ts';
import { topicsLike } from '../look.ts';
import type { Look } from '../look.ts';

/** The last event of each stream of a kind among `records`. */
const last = (records: string, kind: string) => `
  (select distinct on (stream) substr(stream, ${String(kind.length + 2)})::uuid as id, sequence, data, type from (
     select envelope ->> 'stream' as stream, (envelope ->> 'sequence')::bigint as sequence, envelope -> 'data' as data, type
     from ${records} records where envelope ->> 'stream' like '${kind}:%') events
   order by stream, sequence desc)`;

/**
 * Where the last events of what has changed are to be found: among the news, unless a row has changed without any. Then
 * the whole topic is read, for those rows.
 */
async function eventsOf(look: Look, topic: string, changed: string): Promise<string> {
  if (!look.changes) return look.records(topic);
  const { rows } = await look.tx.query<{ id: string }>(
    // the time of a row may lie a little before that of its commit
    `select id::text from (${changed}) rows where id is not null
     and not exists (select from ${look.records(topic)} records where records.key = rows.id::text)`,
  );
  if (rows.length === 0) return look.records(topic);
  await look.tx.query(`select set_config('auditor.untold', $1, true)`, [`{${rows.map(({ id }) => id).join(',')}}`]);
  return `(select * from ${look.records(topic)} told
    union all select * from event_log.records
    where topic = ${topicsLike(topic)} and key = any (current_setting('auditor.untold')::text[]))`;
}

/** The rows that have changed since shortly before the last look. */
const JUST_NOW = `current_setting('auditor.since')::timestamptz + interval '14 minutes'`;

/** Between aggregates and the log: accounts and profiles are what their last event says of them. */
export const accountIsItsEvents: Check = {
  name: 'account-is-its-events',
  rule: 4,
  title: 'an account, and a driver’s standing, are what their last event says',
  lookAt: '"user".accounts and driver.drivers against the last of user.events and driver.events of the stream',
  scope: 'store',
  async run(look) {
    const changed = `select id from "user".accounts where updated_at >= ${JUST_NOW}`;
    const users = last(await eventsOf(look, 'user.events', changed), 'user');
    const drivers = last(look.records('driver.events'), 'driver');
    return findByQueries(look, [
      {
        count: `select count(*) as count from ${users} told`,
        violations: `
          select 'user ' || accounts.id as subject, 'is not what its event at version ' || accounts.version || ' says' as detail,
            accounts.version::text as versions
          from "user".accounts accounts join ${users} told on told.id = accounts.id and told.sequence = accounts.version
          where case when told.type = 'user.deactivated' then accounts.status <> 'deactivated'
            else jsonb_build_object('email', email, 'firstName', first_name, 'lastName', last_name, 'phone', phone, 'roles', roles,
              'status', status, 'language', language, 'notifications',
              jsonb_build_object('email', notify_by_email, 'sms', notify_by_sms, 'push', notify_by_push)) <> told.data - 'userId' end`,
      },
      {
        count: `select count(*) as count from ${drivers} told`,
        violations: `
          select 'driver ' || drivers.driver_id as subject,
            'is ' || drivers.verification || ', its event at version ' || drivers.version || ' says ' || (told.data ->> 'verification') as detail,
            drivers.version::text as versions
          from driver.drivers drivers join ${drivers} told
            on told.id = drivers.driver_id and told.sequence = drivers.version
          where told.data ->> 'verification' <> drivers.verification`,
      },
    ]);
  },
};
