import { isAppError } from '@rideshare/kernel';
import { isUniqueViolation } from '@rideshare/postgres';
import type { Database, Queryable } from '@rideshare/postgres';
import type { TripEvent } from '../domain/trip-events.ts';
import type { TripStore } from '../usecases/ports.ts';
import { appendTripEvent } from './trip-outbox.ts';
import { rowOfTrip, TRIP_COLUMNS, tripFromRow } from './trip-row.ts';
import type { TripRow } from './trip-row.ts';

/** A lost answer to a commit is followed by the identical statement this often before the caller hears of it. */
const TRIES_MAX = 3;

/**
 * Trip row, event row, message and seal in one transaction. The unique indexes on open trips are the claims of rider and
 * driver; the version in the `where` clause is the guard of every step.
 */
export function createPgTripStore(options: {
  readonly database: Database;
  /** The trace that is kept beside each event. */
  readonly traceId: () => string | undefined;
}): TripStore {
  const { database } = options;

  const eventColumns = (eventId: string, event: TripEvent): unknown[] => [
    eventId,
    event.type,
    event.at,
    options.traceId() ?? null,
    JSON.stringify(event),
  ];

  return {
    read: async (tripId) => {
      const { rows } = await database.query<TripRow>(`select ${TRIP_COLUMNS} from trips where id = $1`, [tripId], {
        name: 'trip_read',
      });
      return rows[0] && tripFromRow(rows[0]);
    },
    create: (operation, { eventId, event, to }) =>
      settled(async () => {
        try {
          await database.atomic(operation, async (tx) => {
            await tx.query(CREATE, [JSON.stringify(rowOfTrip(to)), ...eventColumns(eventId, event)], {
              name: 'trip_create',
            });
            appendTripEvent(tx, eventId, event, to);
            return to;
          });
          return 'created';
        } catch (error) {
          if (!isUniqueViolation(error)) throw error;
          return (await hasEvent(database, to.facts.tripId, eventId)) ? 'exists' : 'rider_busy';
        }
      }),
    step: (operation, { eventId, from, event, to }) =>
      settled(async () => {
        try {
          await database.atomic(operation, async (tx) => {
            const values = [from.facts.tripId, from.version, JSON.stringify(rowOfTrip(to))];
            const { rowCount } = await tx.query(STEP, [...values, ...eventColumns(eventId, event)], {
              name: 'trip_step',
            });
            if (rowCount === 0) throw new Moved();
            appendTripEvent(tx, eventId, event, to);
            return to;
          });
          return 'applied';
        } catch (error) {
          if (isUniqueViolation(error, 'trips_one_open_per_driver')) return 'driver_busy';
          if (!(error instanceof Moved)) throw error;
          return (await hasEvent(database, from.facts.tripId, eventId)) ? 'applied' : 'moved';
        }
      }),
  };
}

/** Undoes the transaction of a step whose trip has another version: nothing of it may stay, its seal included. */
class Moved extends Error {}

/** Repeats an attempt whose commit was not answered: its own event id tells whether it had been applied. */
async function settled<Outcome>(attempt: () => Promise<Outcome>): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === TRIES_MAX || !isAppError(error) || error.code !== 'COMMIT_AMBIGUOUS') throw error;
    }
  }
}

async function hasEvent(database: Queryable, tripId: string, eventId: string): Promise<boolean> {
  const { rowCount } = await database.query('select from trip_events where trip_id = $1 and event_id = $2', [
    tripId,
    eventId,
  ]);
  return rowCount > 0;
}

const CREATE = `
  with written as (
    insert into trips select * from jsonb_populate_record(null::trips, $1::jsonb)
    returning id, version)
  insert into trip_events (trip_id, version, event_id, type, at, trace_id, data)
  select written.id, written.version, $2, $3, $4, $5, $6 from written`;

// the facts of a trip never change, so they are not written again
const STEP = `
  with written as (
    update trips set
      version = next.version, status = next.status, changed_at = next.changed_at, due_at = next.due_at,
      driver_id = next.driver_id, offer_id = next.offer_id, slot_epoch = next.slot_epoch,
      accepted_at = next.accepted_at, arrive_by = next.arrive_by, arrived_at = next.arrived_at,
      start_by = next.start_by, started_at = next.started_at, ride_by = next.ride_by,
      completed_at = next.completed_at, lines = next.lines, total_amount = next.total_amount,
      rider_rating = next.rider_rating, driver_rating = next.driver_rating,
      cancelled_at = next.cancelled_at, cancelled_from = next.cancelled_from, cancelled_by = next.cancelled_by,
      cancel_reason = next.cancel_reason, fee_amount = next.fee_amount, expired_at = next.expired_at
    from jsonb_populate_record(null::trips, $3::jsonb) as next
    where trips.id = $1 and trips.version = $2
    returning trips.id, trips.version)
  insert into trip_events (trip_id, version, event_id, type, at, trace_id, data)
  select written.id, written.version, $4, $5, $6, $7, $8 from written`;
