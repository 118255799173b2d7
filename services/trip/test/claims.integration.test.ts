import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Operation } from '@rideshare/kernel';
import { createOperation } from '@rideshare/kernel/system';
import type { Database } from '@rideshare/postgres';
import { eventually } from '@rideshare/testing';
import { decide } from '../src/domain/decide.ts';
import { evolve } from '../src/domain/evolve.ts';
import type { TripState } from '../src/domain/trip.ts';
import { createPgTripStore } from '../src/store/trip-store.pg.ts';
import { createPgTripViews } from '../src/store/trip-views.pg.ts';
import type { TripStore } from '../src/usecases/ports.ts';
import { after, bounds, commands, idOf, START, tripFacts } from './support/builders.ts';
import { tripDatabase } from './support/database.ts';
import { sealedOperation } from './support/operations.ts';

// The claim of a rider is the row of their open trip itself, under a unique index. So there is no moment at which somebody
// could find it stale and release it while a slow requester still counts on it.

const PATIENCE_MS = 60_000;
let database: Database;
let store: TripStore;
let close: () => Promise<void>;
let number = 0;

beforeAll(async () => {
  ({ database, close } = await tripDatabase());
  store = createPgTripStore({ database, traceId: () => undefined });
});
afterAll(async () => {
  await close();
});

function request(riderId: string, operation?: (tripId: string) => Operation<TripState>) {
  number += 1;
  const facts = tripFacts({ tripId: idOf('trip', number), riderId });
  const decision = decide(undefined, commands.request(facts), bounds);
  if (decision.outcome !== 'event') throw new Error('a request is a beginning');
  const made = operation?.(facts.tripId) ?? sealedOperation<TripState>(facts.tripId);
  const to = evolve(undefined, decision.event);
  const outcome = store.create(made, { eventId: made.id('e'), event: decision.event, to });
  return { trip: to, outcome };
}

async function cancel(from: TripState): Promise<string> {
  const decision = decide(from, { type: 'cancel', at: after(1_000), by: 'rider' }, bounds);
  if (decision.outcome !== 'event') throw new Error('a trip that waits can be cancelled');
  const operation = sealedOperation<TripState>(`cancel ${from.facts.tripId}`);
  const step = { eventId: operation.id('e'), from, event: decision.event, to: evolve(from, decision.event) };
  return store.step(operation, step);
}

/** An operation whose transaction stays open, its claim written, until it is told to go on or to fail. */
function slow() {
  const gate = { goOn: (): void => undefined, fail: (): void => undefined };
  let reached = (): void => undefined;
  const isWritten = new Promise<void>((resolve) => (reached = resolve));
  const told = new Promise<void>((resolve, reject) => {
    gate.goOn = resolve;
    gate.fail = () => {
      reject(new Error('killed before the commit'));
    };
  });
  const operation = (tripId: string): Operation<TripState> =>
    createOperation(
      { seed: tripId, at: new Date(START) },
      {
        seal: async () => {
          reached();
          await told;
        },
      },
    );
  return { ...gate, isWritten, operation };
}

const somebodyWaits = () =>
  eventually(async () => {
    const { rowCount } = await database.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rowCount > 0 ? true : undefined;
  }, PATIENCE_MS);

const openTripOf = (riderId: string) => createPgTripViews(database).openTripOf(riderId);

describe('the claim of a rider', () => {
  it('by a slow requester, keeps out whoever comes meanwhile', async () => {
    const riderId = idOf('rider', 1);
    const gate = slow();
    const first = request(riderId, gate.operation);
    await gate.isWritten;
    const second = request(riderId);
    await somebodyWaits();
    gate.goOn();
    expect(await first.outcome).toBe('created');
    expect(await second.outcome).toBe('rider_busy');
    expect(await openTripOf(riderId)).toBe(first.trip.facts.tripId);
  }, 120_000);

  it('by a requester who dies before the commit, is nobody’s', async () => {
    const riderId = idOf('rider', 2);
    const gate = slow();
    const first = request(riderId, gate.operation);
    const failing = expect(first.outcome).rejects.toThrow('killed before the commit');
    await gate.isWritten;
    const second = request(riderId);
    await somebodyWaits();
    gate.fail();
    await failing;
    expect(await second.outcome).toBe('created');
    expect(await store.read(first.trip.facts.tripId)).toBeUndefined();
    expect(await openTripOf(riderId)).toBe(second.trip.facts.tripId);
  }, 120_000);

  it('under a slow requester, is not released by the end of the trip before it, however late that comes', async () => {
    const riderId = idOf('rider', 3);
    const before = request(riderId);
    expect(await before.outcome).toBe('created');
    expect(await cancel(before.trip)).toBe('applied');
    const gate = slow();
    const next = request(riderId, gate.operation);
    await gate.isWritten;
    // the same end once more, by a process that was paused with it
    expect(await cancel(before.trip)).toBe('applied');
    gate.goOn();
    expect(await next.outcome).toBe('created');
    expect(await cancel(before.trip)).toBe('applied');
    expect(await request(riderId).outcome).toBe('rider_busy');
    expect(await openTripOf(riderId)).toBe(next.trip.facts.tripId);
  });
});
