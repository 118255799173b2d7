import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { destination, distanceM } from '@rideshare/geo';
import { reservation } from './support/builders.ts';
import supertest from 'supertest';
import { bearer, CENTRE, eventually, startDriver } from './support/running-driver.ts';
import type { Person, RunningDriver } from './support/running-driver.ts';

let h: RunningDriver;

beforeAll(async () => {
  h = await startDriver();
});

afterAll(async () => {
  await h.close();
});

const pointAt = (offsetMs: number, more: Record<string, unknown> = {}) => ({
  ...CENTRE,
  recordedAt: new Date(Date.now() + offsetMs).toISOString(),
  ...more,
});

interface Shown {
  id: string;
  location: { lat: number; lng: number };
  distanceM: number;
  etaS: number;
  vehicleClass: string;
}

async function nearby(viewer: Person, query: Record<string, unknown> = {}, url = h.url): Promise<Shown[]> {
  const answer = await supertest(url)
    .get('/api/drivers/nearby')
    .query({ ...CENTRE, ...query })
    .set(bearer(viewer.token))
    .expect(200);
  return answer.body.drivers as Shown[];
}

async function storedPosition(driver: Person) {
  const { rows } = await h.database.query<{ lat: number; lng: number; recorded_at: Date }>(
    'select * from driver_positions where driver_id = $1',
    [driver.id],
  );
  return rows[0];
}

async function located(driver: Person): Promise<{ data: Record<string, unknown> }[]> {
  const { rows } = await h.database.query<{ envelope: { data: Record<string, unknown> } }>(
    `select envelope from event_log.records where type = 'driver.located' and key = $1 order by partition, log_offset`,
    [driver.id],
  );
  return rows.map(({ envelope }) => envelope);
}

describe('POST /api/drivers/{id}/location', () => {
  it('accounts for each point, and the newest becomes the position', async () => {
    const driver = await h.registered();
    const answer = await h
      .report(driver, [
        pointAt(-2_000, { lat: 41.2, headingDeg: 90 }),
        pointAt(-9_000),
        pointAt(600_000),
        pointAt(-4_000),
      ])
      .expect(202);
    expect(answer.body).toEqual({ accepted: 3, ignored: 1 });
    await eventually(async () => {
      expect(await storedPosition(driver)).toMatchObject({ lat: 41.2, lng: CENTRE.lng });
      expect(await located(driver)).toMatchObject([
        {
          data: {
            point: { lat: 41.2, lng: CENTRE.lng },
            headingDeg: 90,
            speedMps: null,
            state: 'offline',
            tripId: null,
          },
        },
      ]);
    });
  });

  it('never lets an older point overwrite a newer one, whoever holds the newer', async () => {
    const driver = await h.registered();
    await h.report(driver, [pointAt(-1_000, { lat: 41.3 })]).expect(202);
    expect((await h.report(driver, [pointAt(-5_000)]).expect(202)).body).toEqual({ accepted: 0, ignored: 1 });
    await eventually(async () => {
      expect(await storedPosition(driver)).toMatchObject({ lat: 41.3 });
    });
    const newer = new Date(Date.now() + 20_000);
    await h.database.query('update driver_positions set lat = 41.4, recorded_at = $2 where driver_id = $1', [
      driver.id,
      newer,
    ]);
    await h.report(driver, [pointAt(0)]).expect(202);
    const last = pointAt(25_000, { lat: 41.5 });
    await h.report(driver, [last]).expect(202);
    // the one in between was overtaken by the other writer: it is neither stored nor published
    await eventually(async () => {
      expect((await located(driver)).map(({ data }) => data['point'])).toEqual([
        { lat: 41.3, lng: CENTRE.lng },
        { lat: 41.5, lng: CENTRE.lng },
      ]);
    });
    expect(await storedPosition(driver)).toMatchObject({ lat: 41.5 });
  });

  it('is taken from one\u2019s own device only', async () => {
    const driver = await h.registered();
    const other = await h.person();
    await h.report({ id: driver.id, token: other.token }, [pointAt(0)]).expect(404);
    expect((await h.report(other, [pointAt(0)]).expect(404)).body).toMatchObject({ code: 'DRIVER_NOT_FOUND' });
    await h.report(driver, []).expect(422);
    await h
      .report(
        driver,
        Array.from({ length: 101 }, () => pointAt(0)),
      )
      .expect(422);
    await h.report(driver, [pointAt(0, { lat: 91 })]).expect(422);
  });

  it('is taken on a trip, and says whose', async () => {
    const driver = await h.available();
    const offer = reservation(driver.id);
    await h.reserve({ ...offer });
    await h.confirm(offer);
    await h.report(driver, [pointAt(1_000)]).expect(202);
    await eventually(async () => {
      expect((await located(driver)).at(-1)).toMatchObject({ data: { state: 'assigned', tripId: offer.tripId } });
    });
  });

  it('by many drivers at once, is written in few statements', async () => {
    const drivers = await Promise.all(Array.from({ length: 20 }, () => h.registered()));
    for (let second = 0; second < 5; second += 1) {
      const answers = await Promise.all(drivers.map((driver) => h.report(driver, [pointAt(second)])));
      expect(answers.every(({ status }) => status === 202)).toBe(true);
    }
    await eventually(async () => {
      const { rows } = await h.database.query('select 1 from driver_positions where driver_id = any ($1)', [
        drivers.map(({ id }) => id),
      ]);
      expect(rows).toHaveLength(20);
    });
  });
});

describe('GET /api/drivers/nearby', () => {
  // far from the drivers of the other tests
  const here = { lat: 41.3, lng: -8.4 };
  const away = (metres: number) => destination(here, 90, metres);

  it('shows available drivers nearest first, by alias and rounded', async () => {
    const [near, far] = [await h.available(away(500)), await h.available(away(2_000), 'xl')];
    await h.available(away(5_000));
    const [rider, admin] = [await h.person(), await h.person('admin')];
    const seen = await nearby(rider, here);
    expect(seen).toHaveLength(2);
    expect(seen.map(({ vehicleClass }) => vehicleClass)).toEqual(['economy', 'xl']);
    expect(Math.abs(seen[0]!.distanceM - 500)).toBeLessThanOrEqual(1);
    expect(seen[0]!.etaS).toBe(Math.ceil((distanceM(here, away(500)) * 1.3) / 7));
    for (const { id, location } of seen) {
      expect([near.id, far.id]).not.toContain(id);
      expect(Number(location.lat.toFixed(4))).toBe(location.lat);
      expect(Number(location.lng.toFixed(4))).toBe(location.lng);
    }
    const again = await nearby(rider, here);
    expect(again.map(({ id }) => id)).not.toEqual(seen.map(({ id }) => id));
    expect((await nearby(admin, here)).map(({ id }) => id)).toEqual([near.id, far.id]);
    expect(await nearby(rider, { ...here, vehicleClass: 'xl' })).toHaveLength(1);
    expect(await nearby(rider, { ...here, limit: 1 })).toHaveLength(1);
    expect(await nearby(rider, { ...here, radiusM: 100 })).toEqual([]);
    expect(await nearby(rider, { ...here, radiusM: 10_000 })).toHaveLength(3);
  });

  it('forgets whoever is offered a trip, goes offline or was not seen lately', async () => {
    const there = { lat: 41.05, lng: -8.7 };
    const [offered, gone, silent] = [await h.available(there), await h.available(there), await h.verified()];
    await h.report(silent, [pointAt(-121_000, there)]).expect(202);
    await h.setStatus(silent, 'available').expect(200);
    const admin = await h.person('admin');
    expect((await nearby(admin, there)).map(({ id }) => id).toSorted()).toEqual([offered.id, gone.id].toSorted());
    await h.reserve({ ...reservation(offered.id) });
    await h.setStatus(gone, 'offline').expect(200);
    expect(await nearby(admin, there)).toEqual([]);
  });

  it('by another instance, shows the same drivers: those from before it started, and those since', async () => {
    const there = { lat: 41.0, lng: -8.5 };
    const before = await h.available(there);
    await eventually(async () => {
      expect(await storedPosition(before)).toBeDefined();
    });
    const instance = await h.another();
    try {
      const admin = await h.person('admin');
      const since = await h.available(there);
      const ids = [before.id, since.id].toSorted();
      await eventually(async () => {
        expect((await nearby(admin, there, instance.url)).map(({ id }) => id).toSorted()).toEqual(ids);
      });
      await h.setStatus(before, 'offline').expect(200);
      await eventually(async () => {
        expect((await nearby(admin, there, instance.url)).map(({ id }) => id)).toEqual([since.id]);
      });
    } finally {
      await instance.close();
    }
  });

  it('refuses what is no place', async () => {
    const rider = await h.person();
    await h.request.get('/api/drivers/nearby?lat=91&lng=0').set(bearer(rider.token)).expect(422);
    await h.request.get('/api/drivers/nearby?lng=0').set(bearer(rider.token)).expect(422);
    await h.request.get('/api/drivers/nearby?lat=1&lng=0').expect(401);
  });
});
