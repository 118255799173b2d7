import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import type { Database, PgTransaction } from '@rideshare/postgres';
import { decide } from '../src/domain/decide.ts';
import { evolve } from '../src/domain/evolve.ts';
import type { TripState } from '../src/domain/trip.ts';
import { createPgHousekeeping } from '../src/store/housekeeping.pg.ts';
import { createPgTripStore } from '../src/store/trip-store.pg.ts';
import { after, bounds, commands, idOf, tripFacts } from './support/builders.ts';
import { tripDatabase } from './support/database.ts';
import { sealedOperation } from './support/operations.ts';

let database: Database;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ database, close } = await tripDatabase());
});
afterAll(async () => {
  await close();
});

/** The connection breaks at the commit of the next transactions, before or after it came about. */
function breaking(...how: ('before' | 'after')[]): Database {
  return {
    ...database,
    async atomic<Result>(operation: Operation<Result>, work: (tx: PgTransaction) => Promise<Result>): Promise<Result> {
      const next = how.shift();
      const lost = new AppError('COMMIT_AMBIGUOUS', 'unavailable', 'lost');
      if (next === 'before') throw lost;
      const result = await database.atomic(operation, work);
      if (next === 'after') throw lost;
      return result;
    },
  };
}

describe('the trip store, when the answer to a commit is lost', () => {
  let number = 0;
  function creation() {
    number += 1;
    const facts = tripFacts({ tripId: idOf('trip', number), riderId: idOf('rider', number) });
    const decision = decide(undefined, commands.request(facts), bounds);
    if (decision.outcome !== 'event') throw new Error('a request is a beginning');
    const operation = sealedOperation<TripState>(facts.tripId);
    return { operation, eventId: operation.id('e'), event: decision.event, to: evolve(undefined, decision.event) };
  }
  const store = (...how: ('before' | 'after')[]) =>
    createPgTripStore({ database: breaking(...how), traceId: () => 'trace' });
  const messagesOf = async (tripId: string): Promise<number> => {
    const { rowCount } = await database.query('select from outbox where key = $1', [tripId]);
    return rowCount;
  };

  it.each([
    [['before'], 'created'],
    [['before', 'before'], 'created'],
    [['after'], 'exists'],
  ] as const)('repeats a creation and knows its own trip (%j)', async (how, outcome) => {
    const { operation, ...first } = creation();
    expect(await store(...how).create(operation, first)).toBe(outcome);
    expect(await messagesOf(first.to.facts.tripId)).toBe(1);
  });

  it.each([[['before']], [['before', 'before']], [['after']], [['before', 'after']]] as const)(
    'repeats a step and knows its own event (%j)',
    async (how) => {
      const { operation, ...first } = creation();
      await store().create(operation, first);
      const decision = decide(first.to, { type: 'cancel', at: after(1), by: 'rider' }, bounds);
      if (decision.outcome !== 'event') throw new Error('a waiting trip can be cancelled');
      const step = {
        eventId: idOf('event', number),
        from: first.to,
        event: decision.event,
        to: evolve(first.to, decision.event),
      };
      expect(await store(...how).step(sealedOperation('step'), step)).toBe('applied');
      expect(await messagesOf(first.to.facts.tripId)).toBe(2);
      const { rows } = await database.query('select trace_id from trip_events where trip_id = $1', [
        first.to.facts.tripId,
      ]);
      expect(rows).toEqual([{ trace_id: 'trace' }, { trace_id: 'trace' }]);
    },
  );

  it('hands the doubt on after three tries', async () => {
    const { operation, ...first } = creation();
    const lost = store('before', 'before', 'before').create(operation, first);
    await expect(lost).rejects.toMatchObject({ code: 'COMMIT_AMBIGUOUS' });
  });
});

describe('the tables', () => {
  it('refuse rows that no trip can have', async () => {
    const impossible = [
      `update trips set status = 'accepted'`,
      `update trips set driver_id = gen_random_uuid()`,
      `update trips set status = 'expired'`,
      `update trips set version = 0`,
      `update trips set due_at = null`,
    ];
    for (const statement of impossible) {
      await expect(database.query(`${statement} where status = 'requested'`)).rejects.toMatchObject({
        message: expect.stringContaining('check constraint'),
      });
    }
  });
});

describe('housekeeping', () => {
  it('removes what is past its use and nothing else', async () => {
    await database.query(
      `insert into quotes (id, rider_id, inputs, signature, expires_at) select gen_random_uuid(), gen_random_uuid(), '{}',
         's', clock_timestamp() - age from unnest(array['6 days', '8 days']::interval[]) as age`,
    );
    await database.query(
      `insert into dispatch_offers (offer_id, trip_id, driver_id, pickup_eta_s, made_at) select gen_random_uuid(),
         gen_random_uuid(), gen_random_uuid(), 1, clock_timestamp() - age from unnest(array['29 days', '31 days']::interval[])
         as age`,
    );
    await database.query(
      `insert into timeline_entries (trip_id, event_id, type, kind, at, stream, sequence, data)
         select gen_random_uuid(), gen_random_uuid(), 't', 'slot', clock_timestamp() - age, 's', 1, '{}'
         from unnest(array['29 days', '31 days']::interval[]) as age`,
    );
    const purged = await createPgHousekeeping(database).purge();
    expect(purged).toMatchObject({ quotes: 1, dispatch_offers: 1, timeline_entries: 1, idempotency_keys: 0 });
    expect(await createPgHousekeeping(database).purge()).toMatchObject({ quotes: 0, dispatch_offers: 0 });
  });
});
