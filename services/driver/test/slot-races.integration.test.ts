import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { sweepSlots } from '../src/usecases/sweep-slots.ts';
import type { Trips } from '../src/usecases/ports.ts';
import { begin, createStoreHarness, reservation, uuid } from './support/store-harness.ts';
import type { StoreHarness } from './support/store-harness.ts';

let h: StoreHarness;
let rival: pg.Client;

beforeAll(async () => {
  h = await createStoreHarness();
  rival = new pg.Client({ connectionString: h.test.url });
  await rival.connect();
});

afterAll(async () => {
  await rival.end();
  await h.close();
});

/** Resolves when some connection of this database waits for a lock. */
async function somebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await rival.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
  }
}

async function stateOf(driverId: string): Promise<{ state: string; epoch: number; settled: boolean }> {
  const { rows } = await h.database.query<{ state: string; epoch: number; settled: boolean }>(
    'select state, epoch, settled from driver_slots where driver_id = $1',
    [driverId],
  );
  return rows[0]!;
}

describe('reserve', () => {
  it('by fifty at once for one driver, is won by one', async () => {
    const driverId = await h.availableDriver();
    const stores = [h.slots, h.other.slots];
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, index) => stores[index % 2]!.reserve(begin(), [reservation(driverId)])),
    );
    expect(verdicts.flat().filter(({ outcome }) => outcome === 'reserved')).toHaveLength(1);
    expect(await stateOf(driverId)).toMatchObject({ state: 'offered', epoch: 2 });
    expect(await h.eventsOf(`slot:${driverId}`)).toHaveLength(2);
  });

  it('by fifty at once for one trip, is won by one', async () => {
    const drivers = await h.availableFleet(50);
    const tripId = uuid();
    const stores = [h.slots, h.other.slots];
    const verdicts = await Promise.all(
      drivers.map((driverId, index) => stores[index % 2]!.reserve(begin(), [reservation(driverId, { tripId })])),
    );
    expect(verdicts.flat().filter(({ outcome }) => outcome === 'reserved')).toHaveLength(1);
  });

  it('of a driver whose row is locked, does not wait', async () => {
    const driverId = await h.availableDriver();
    await rival.query('begin');
    await rival.query('select 1 from driver_slots where driver_id = $1 for update', [driverId]);
    expect(await h.slots.reserve(begin(), [reservation(driverId)])).toMatchObject([{ reason: 'contended' }]);
    await rival.query('rollback');
  });

  it('of a trip that another batch is offering, does not wait', async () => {
    const tripId = uuid();
    const [driverId] = await h.availableFleet(1);
    await rival.query('begin');
    await rival.query('select pg_advisory_xact_lock(1774002, hashtext($1::uuid::text))', [tripId]);
    const verdicts = await h.slots.reserve(begin(), [reservation(driverId!, { tripId })]);
    expect(verdicts).toMatchObject([{ reason: 'contended' }]);
    await rival.query('rollback');
  });

  it('whose trip gets a slot behind its guards, refuses that item and keeps the others', async () => {
    const [one, two, thief] = await h.availableFleet(3);
    const contested = reservation(one!);
    await rival.query('begin');
    await rival.query(
      `update driver_slots set state = 'assigned', trip_id = $2, offer_id = $3, epoch = epoch + 1 where driver_id = $1`,
      [thief, contested.tripId, uuid()],
    );
    const judged = h.slots.reserve(begin(), [contested, reservation(two!)]);
    await somebodyWaits(); // for the entry of the unique index
    await rival.query('commit');
    expect(await judged).toMatchObject([{ outcome: 'refused', reason: 'trip_has_slot' }, { outcome: 'reserved' }]);
  });
});

describe('confirm', () => {
  it('that waited for a lock until the offer was over, refuses', async () => {
    const offer = reservation(await h.availableDriver(), { ttlMs: 400 });
    await h.slots.reserve(begin(), [offer]);
    await rival.query('begin');
    await rival.query('select 1 from driver_slots where driver_id = $1 for update', [offer.driverId]);
    const accepting = h.slots.confirm(begin(), offer);
    await somebodyWaits();
    await rival.query(
      `select pg_sleep(greatest(0, extract(epoch from expires_at - clock_timestamp()))) from driver_slots where driver_id = $1`,
      [offer.driverId],
    );
    await rival.query('commit');
    expect(await accepting).toBeUndefined();
    expect(await stateOf(offer.driverId)).toMatchObject({ state: 'offered' });
  });

  it('and decline at once, by two processes, are decided once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const offer = reservation(await h.availableDriver());
      await h.slots.reserve(begin(), [offer]);
      const [epoch, declined] = await Promise.all([
        h.slots.confirm(begin(), offer),
        h.other.slots.decline(begin(), offer),
      ]);
      expect(declined).toBe(epoch === undefined);
    }
  });
});

describe('an accept that pauses between slot and trip', () => {
  const bounds = { settleMs: 0, retryMs: 0, recheckMs: 60_000 };
  const quiet = { assignmentSwept: () => undefined, failed: () => undefined };

  /** A trip service that remembers who has which trip. */
  function tripService(open: Set<string>): Trips & { readonly held: Map<string, string> } {
    const held = new Map<string, string>();
    return {
      held,
      async assign({ tripId, offerId }) {
        if (held.get(tripId) === offerId) return 'held';
        if (!open.delete(tripId)) return 'refused';
        held.set(tripId, offerId);
        return 'held';
      },
      async standing(tripId) {
        return held.has(tripId) ? 'active' : 'ended';
      },
    };
  }

  async function confirmed() {
    const offer = reservation(await h.availableDriver());
    await h.slots.reserve(begin(), [offer]);
    const epoch = await h.slots.confirm(begin(), offer);
    return { ...offer, epoch: epoch! };
  }

  it('is rolled forward by the sweep, and finds its trip held when it wakes', async () => {
    const paused = await confirmed();
    const trips = tripService(new Set([paused.tripId]));
    await sweepSlots({ slots: h.slots, trips, begin, signals: quiet }, bounds);
    expect(await stateOf(paused.driverId)).toMatchObject({ state: 'assigned', settled: true, epoch: paused.epoch });
    expect(await trips.assign(paused)).toBe('held');
  });

  it('whose trip is gone, is freed once, and its own late release does nothing', async () => {
    const paused = await confirmed();
    await sweepSlots({ slots: h.slots, trips: tripService(new Set()), begin, signals: quiet }, bounds);
    expect(await stateOf(paused.driverId)).toMatchObject({ state: 'available', epoch: paused.epoch + 1 });
    const next = reservation(paused.driverId);
    await h.slots.reserve(begin(), [next]);
    expect(await h.slots.release(begin(), paused)).toBe(false);
    expect(await stateOf(paused.driverId)).toMatchObject({ state: 'offered' });
  });

  it('whose trip service gives no answer, keeps its slot', async () => {
    const paused = await confirmed();
    const failures: Error[] = [];
    const trips: Trips = {
      assign: () => Promise.reject(new Error('no answer')),
      standing: () => Promise.reject(new Error('no answer')),
    };
    const signals = { ...quiet, failed: (_step: string, error: Error) => failures.push(error) };
    await sweepSlots({ slots: h.slots, trips, begin, signals }, bounds);
    expect(failures.length).toBeGreaterThan(0);
    expect(await stateOf(paused.driverId)).toMatchObject({ state: 'assigned', settled: false, epoch: paused.epoch });
  });

  it('that was settled but whose end got lost, is cleared when the trip says so', async () => {
    const paused = await confirmed();
    await h.slots.settle(begin(), paused);
    await sweepSlots(
      { slots: h.slots, trips: tripService(new Set()), begin, signals: quiet },
      { ...bounds, recheckMs: 0 },
    );
    expect(await stateOf(paused.driverId)).toMatchObject({ state: 'available' });
  });
});
