import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
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
    const offer = reservation(await h.availableDriver());
    await h.slots.reserve(begin(), [offer]);
    await rival.query('begin');
    await rival.query('select 1 from driver_slots where driver_id = $1 for update', [offer.driverId]);
    const accepting = h.slots.confirm(begin(), offer);
    await somebodyWaits();
    // its time is up while the other waits, and after the other began
    await rival.query('update driver_slots set expires_at = clock_timestamp() where driver_id = $1', [offer.driverId]);
    await rival.query('commit');
    expect(await accepting).toBeUndefined();
    expect(await stateOf(offer.driverId)).toMatchObject({ state: 'offered' });
  });
});

describe('the wall behind the guards', () => {
  it('refuses a change of state without a new epoch, and a new epoch without one', async () => {
    const driverId = await h.availableDriver();
    const alone = (set: string) => h.database.query(`update driver_slots set ${set} where driver_id = $1`, [driverId]);
    await expect(alone(`state = 'offline'`)).rejects.toMatchObject({ code: '23514' });
    await expect(alone('epoch = epoch + 1')).rejects.toMatchObject({ code: '23514' });
    await expect(alone(`state = 'offline', epoch = epoch + 2`)).rejects.toMatchObject({ code: '23514' });
  });
});
