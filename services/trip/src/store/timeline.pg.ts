import { asPg } from '@rideshare/postgres';
import type { Database, Queryable } from '@rideshare/postgres';
import type { Timeline, TimelineEntry } from '../usecases/ports.ts';

interface EntryRow {
  readonly at: Date;
  readonly kind: TimelineEntry['kind'];
  readonly type: string;
  readonly event_id: string | null;
  readonly stream: string | null;
  readonly sequence: number | null;
  readonly trace_id: string | null;
  readonly data: TimelineEntry['data'];
}

/** Bounds one answer; a trip has some twenty entries, one that nobody wanted has a few verdicts for each driver. */
const ENTRIES_MAX = 2_000;

/** Joins what other services told with the trip's own events and the dispatcher's records. */
export function createPgTimeline(database: Database): Timeline {
  return {
    record: async ({ transaction }, tripId, entries) => {
      const rows = entries.map((entry) => ({ ...entry, tripId }));
      // the events of a batch share a transaction, and their entries a statement
      if (transaction) asPg(transaction).collect(writeEntries, rows);
      else await writeEntries(database, rows);
    },
    of: async (tripId) => {
      const { rows } = await database.query<EntryRow>(TIMELINE, [tripId, ENTRIES_MAX]);
      return rows.map((row) => ({
        at: row.at.toISOString(),
        kind: row.kind,
        type: row.type,
        eventId: row.event_id,
        stream: row.stream,
        sequence: row.sequence,
        traceId: row.trace_id,
        data: row.data,
      }));
    },
  };
}

async function writeEntries(
  on: Queryable,
  entries: readonly (TimelineEntry & { readonly tripId: string })[],
): Promise<void> {
  await on.query(
    `insert into timeline_entries (trip_id, event_id, type, kind, at, stream, sequence, trace_id, data)
     select "tripId", "eventId", type, kind, at, stream, sequence, "traceId", data from jsonb_to_recordset($1::jsonb)
       as entry ("tripId" uuid, "eventId" uuid, type text, kind text, at timestamptz, stream text, sequence bigint,
         "traceId" text, data jsonb)
     on conflict (trip_id, event_id, type) do nothing`,
    [JSON.stringify(entries)],
    { name: 'timeline_record' },
  );
}

const TIMELINE = `
  select at, kind, type, event_id, stream, sequence, trace_id, data from (
    select at, 'state' as kind, 'trip.' || type as type, event_id, 'trip:' || trip_id as stream,
      version::bigint as sequence, trace_id, data - 'facts' as data
    from trip_events where trip_id = $1
    union all
    select made_at, 'dispatch', 'offer.' || outcome, null, null, null, null,
      jsonb_strip_nulls(jsonb_build_object('offerId', offer_id, 'driverId', driver_id, 'pickupEtaS', pickup_eta_s,
        'reason', reason, 'expiresAt', expires_at))
    from dispatch_offers where trip_id = $1
    union all
    select last_at, 'dispatch', 'gate.' || gate, null, null, null, null,
      detail || jsonb_build_object('times', times, 'firstAt', first_at,
        'driverId', nullif(driver_id, '00000000-0000-0000-0000-000000000000'))
    from dispatch_verdicts where trip_id = $1
    union all
    select at, kind, type, event_id, stream, sequence, trace_id, data from timeline_entries where trip_id = $1
  ) as entries
  order by at, sequence nulls last, type
  limit $2`;
