import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import type { Database, PgTransaction } from '@rideshare/postgres';
import { decide } from '../src/domain/decide.ts';
import { evolve } from '../src/domain/evolve.ts';
import type { TripState } from '../src/domain/trip.ts';
import { createPgDispatchRecords } from '../src/store/dispatch-records.pg.ts';
import { createPgHousekeeping } from '../src/store/housekeeping.pg.ts';
import { createPgQuoteStore } from '../src/store/quote-store.pg.ts';
import { createPgStartCodeAttempts } from '../src/store/start-code-attempts.pg.ts';
import { createPgTimeline } from '../src/store/timeline.pg.ts';
import { createPgTripStore } from '../src/store/trip-store.pg.ts';
import { after, bounds, commands, idOf, START, tripFacts } from './support/builders.ts';
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

describe('the quote store', () => {
  it('takes the same quote twice and gives it back as it was signed', async () => {
    const quotes = createPgQuoteStore(database);
    const inputs = {
      quoteId: idOf('quote'),
      riderId: idOf('rider'),
      cityId: 'porto',
      pickup: { lat: 41.149_612_345_678_9, lng: -8.610_900_000_1 },
      destination: { lat: 41.1, lng: -8.6 },
      stops: [],
      distanceM: 1,
      durationS: 2,
      travelModel: 'm',
      tariffVersion: 't',
      surgeBasisPoints: 10_000,
      quotedAt: START,
      expiresAt: after(1),
    };
    const quote = { inputs, signature: 's' };
    await quotes.save(quote);
    await quotes.save({ ...quote, signature: 'another' });
    expect(await quotes.find(idOf('quote'))).toEqual(quote);
    expect(await quotes.find(idOf('quote', 2))).toBeUndefined();
  });
});

describe('the tries at a start code', () => {
  const attempts = () => createPgStartCodeAttempts(database);

  it('are counted one by one however they come', async () => {
    const taken = await Promise.all(Array.from({ length: 12 }, () => attempts().take(idOf('trip', 500), 5, 60_000)));
    expect(taken.filter((take) => 'allowed' in take)).toHaveLength(5);
    for (const take of taken) if (!('allowed' in take)) expect(take.retryAfterS).toBeGreaterThan(50);
  });

  it('begin anew when the lock is over', async () => {
    const take = () => attempts().take(idOf('trip', 501), 1, 60_000);
    expect(await take()).toEqual({ allowed: true });
    expect(await take()).toEqual({ retryAfterS: expect.any(Number) });
    await database.query('update start_code_attempts set locked_until = clock_timestamp()');
    expect(await take()).toEqual({ allowed: true });
    expect(await take()).toEqual({ retryAfterS: expect.any(Number) });
  });
});

describe('the dispatcher’s records', () => {
  const records = () => createPgDispatchRecords(database);
  const offer = {
    offerId: idOf('offer'),
    tripId: idOf('trip', 600),
    driverId: idOf('driver'),
    pickupEtaS: 90,
    madeAt: START,
  };

  it('keep an offer from its plan to its verdict', async () => {
    await records().planOffers([]);
    await records().settleOffers([]);
    await records().planOffers([offer, { ...offer, offerId: idOf('offer', 2) }]);
    await records().planOffers([offer]);
    expect(await records().findOffer(offer.offerId)).toEqual(offer);
    expect(await records().findOffer(idOf('offer', 9))).toBeUndefined();
    await records().settleOffers([
      { offerId: offer.offerId, outcome: 'reserved', epoch: 3, expiresAt: after(15_000) },
      { offerId: idOf('offer', 2), outcome: 'refused', reason: 'suspended' },
    ]);
    const { entries } = { entries: await createPgTimeline(database).of(offer.tripId) };
    expect(entries.map(({ type, data }) => [type, data['reason'] ?? data['expiresAt']])).toEqual([
      ['offer.refused', 'suspended'],
      ['offer.reserved', expect.stringContaining('08:00:15')],
    ]);
  });

  it('tell which offers of a trip have not run out', async () => {
    const tripId = idOf('trip', 602);
    const offers = [11, 12, 13].map((number) => ({ ...offer, tripId, offerId: idOf('offer', number) }));
    await records().planOffers(offers);
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    await records().settleOffers([
      { offerId: idOf('offer', 11), outcome: 'reserved', epoch: 3, expiresAt },
      { offerId: idOf('offer', 12), outcome: 'reserved', epoch: 3, expiresAt: after(15_000) },
    ]);
    const open = { offerId: idOf('offer', 11), tripId, driverId: offer.driverId, expiresAt };
    expect(await records().openOffers([tripId])).toEqual([open]);
    expect(await records().openOffers([idOf('trip', 603)])).toEqual([]);
  });

  it('add verdicts up and keep the newer detail', async () => {
    const tripId = idOf('trip', 601);
    const verdict = {
      tripId,
      driverId: idOf('driver'),
      gate: 'too_far',
      detail: { distanceM: 9 },
      times: 2,
      firstAt: START,
      lastAt: START,
    };
    await records().saveVerdicts([]);
    await records().saveVerdicts([verdict, { ...verdict, driverId: null, detail: {} }]);
    await records().saveVerdicts([{ ...verdict, detail: { distanceM: 8 }, times: 3, lastAt: after(1_000) }]);
    const entries = await createPgTimeline(database).of(tripId);
    expect(entries.map(({ at, data }) => [at, data['driverId'], data['times'], data['distanceM']])).toEqual([
      [START, null, 2, undefined],
      [after(1_000), idOf('driver'), 5, 8],
    ]);
  });
});

describe('the timeline', () => {
  it('writes an entry of an event once', async () => {
    const timeline = createPgTimeline(database);
    const tripId = idOf('trip', 700);
    const entry = {
      at: START,
      kind: 'payment',
      type: 'payment.voided',
      eventId: idOf('event'),
      stream: 'payment:1',
      sequence: 2,
      traceId: null,
      data: { paymentId: '1' },
    } as const;
    await timeline.record({}, tripId, [entry]);
    await timeline.record({}, tripId, [entry]);
    expect(await timeline.of(tripId)).toEqual([entry]);
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
    expect(purged).toMatchObject({ quotes: 2, dispatch_offers: 6, timeline_entries: 2, idempotency_keys: 0 });
    expect(await createPgHousekeeping(database).purge()).toMatchObject({ quotes: 0, dispatch_offers: 0 });
  });
});
