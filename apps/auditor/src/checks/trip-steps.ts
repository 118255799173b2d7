import type { Queryable } from '@rideshare/postgres';
import type { Check, Finding, Violation } from '../check.ts';

/** Trips folded at a time: bounds memory, not the check. */
const BATCH_TRIPS = 2_000;

/** Where each event may happen and where it leads; written down here again on purpose, not shared with the service. */
const TRANSITIONS: Readonly<Partial<Record<string, { readonly from: readonly string[]; readonly to: string }>>> = {
  requested: { from: ['none'], to: 'requested' },
  accepted: { from: ['requested'], to: 'accepted' },
  arrived: { from: ['accepted'], to: 'arrived' },
  started: { from: ['arrived'], to: 'in_progress' },
  completed: { from: ['in_progress'], to: 'completed' },
  cancelled: { from: ['requested', 'accepted', 'arrived', 'in_progress'], to: 'cancelled' },
  expired: { from: ['requested'], to: 'expired' },
  rated: { from: ['completed'], to: 'completed' },
};

/** An event as far as the fold looks at it. */
export interface HistoryEvent {
  readonly version: number;
  readonly type: string;
  readonly driverId: string | null;
  readonly by: string | null;
}

/** The row that the events should add up to. */
export interface HistoryRow {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly driverId: string | null;
}

/** What is wrong with one trip's history; empty when nothing is. */
export function foldProblems(row: HistoryRow, events: readonly HistoryEvent[]): string[] {
  const problems: string[] = [];
  let status = 'none';
  let driverId: string | null = null;
  events.forEach((event, index) => {
    if (event.version !== index + 1) problems.push(`version ${String(index + 1)} is missing`);
    const transition = TRANSITIONS[event.type];
    if (!transition?.from.includes(status)) {
      problems.push(`${event.type} at version ${String(event.version)} is not allowed from ${status}`);
    }
    if (event.type === 'cancelled' && status === 'in_progress' && event.by !== 'admin') {
      problems.push(`only an operator cancels a ride, not the ${event.by ?? 'unknown'}`);
    }
    status = transition?.to ?? status;
    driverId = event.driverId ?? driverId;
  });
  if (row.version !== events.length) {
    problems.push(`the row has version ${String(row.version)}, its events ${String(events.length)}`);
  }
  if (row.status !== status) problems.push(`the row is ${row.status}, its events say ${status}`);
  if (row.driverId !== driverId) problems.push('the row and its events name different drivers');
  return problems;
}

interface Row {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly driver_id: string | null;
  readonly events: readonly { version: number; type: string; driver_id: string | null; by: string | null }[] | null;
}

async function readBatch(tx: Queryable, after: string): Promise<readonly Row[]> {
  const { rows } = await tx.query<Row>(
    `with batch as (select id, version, status, driver_id from trip.trips where id > $1 order by id limit $2)
     select batch.*, (
       select jsonb_agg(jsonb_build_object('version', version, 'type', type, 'driver_id', data ->> 'driverId', 'by', data ->> 'by')
         order by version)
       from trip.trip_events where trip_id = batch.id
     ) as events
     from batch order by id`,
    [after, BATCH_TRIPS],
  );
  return rows;
}

async function checkHistories(tx: Queryable): Promise<Finding> {
  const violations: Violation[] = [];
  let checked = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await readBatch(tx, after);
    for (const row of rows) {
      const events = (row.events ?? []).map(({ by, driver_id, type, version }) => ({
        by,
        driverId: driver_id,
        type,
        version,
      }));
      for (const detail of foldProblems({ ...row, driverId: row.driver_id }, events)) {
        violations.push({ subject: `trip ${row.id}`, detail, versions: String(row.version) });
      }
    }
    checked += rows.length;
    const last = rows.at(-1);
    if (!last || rows.length < BATCH_TRIPS) return { checked, violations };
    after = last.id;
  }
}

/** Within the trip store: only legal steps, no gaps, and the row equal to the fold of its events. */
export const tripHistory: Check = {
  name: 'trip-history',
  rule: 2,
  title: 'trips take legal steps only, without gaps, and equal the fold of their events',
  lookAt: 'trip.trips and trip.trip_events; yarn trip <id>',
  scope: 'store',
  run: checkHistories,
};
