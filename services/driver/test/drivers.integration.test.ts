import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { uuid, VEHICLE } from './support/builders.ts';
import { bearer, startDriver } from './support/running-driver.ts';
import type { RunningDriver } from './support/running-driver.ts';

let h: RunningDriver;

beforeAll(async () => {
  h = await startDriver();
});

afterAll(async () => {
  await h.close();
});

const BODY = { licenseNumber: 'P-12345678', vehicle: VEHICLE };

async function published(stream: string): Promise<{ type: string; sequence: number; data: Record<string, unknown> }[]> {
  const { rows } = await h.database.query<{
    envelope: { type: string; sequence: number; data: Record<string, unknown> };
  }>(
    `select envelope from event_log.records where envelope ->> 'stream' = $1
     union all select envelope from outbox where envelope ->> 'stream' = $1`,
    [stream],
  );
  return rows.map(({ envelope }) => envelope).toSorted((a, b) => a.sequence - b.sequence);
}

describe('POST /api/drivers', () => {
  it('makes a person a driver, with the role before the answer', async () => {
    const granted: string[] = [];
    h.neighbours.grant = (userId) => {
      granted.push(userId);
      return Promise.resolve();
    };
    const person = await h.person();
    const answer = await h.request.post('/api/drivers').set(bearer(person.token)).send(BODY).expect(201);
    expect(answer.headers['location']).toBe(`/api/drivers/${person.id}`);
    expect(answer.body).toEqual({
      id: person.id,
      userId: person.id,
      verification: 'incomplete',
      status: 'offline',
      rating: null,
      vehicle: VEHICLE,
      documents: [],
    });
    expect(granted).toEqual([person.id]);
    expect(await published(`driver:${person.id}`)).toMatchObject([
      { type: 'driver.registered', sequence: 1, data: { driverId: person.id, vehicleClass: 'economy' } },
    ]);
  });

  it('a second time, is refused; under its key, replays the first answer', async () => {
    const person = await h.person();
    const once = () =>
      h.request.post('/api/drivers').set(bearer(person.token)).set('Idempotency-Key', 'once').send(BODY);
    const first = await once().expect(201);
    const second = await once().expect(201);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(second.body).toEqual(first.body);
    const again = await h.request.post('/api/drivers').set(bearer(person.token)).send(BODY).expect(409);
    expect(again.body).toMatchObject({ code: 'DRIVER_EXISTS' });
  });

  it('twenty times at once, registers once', async () => {
    const person = await h.person();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => h.request.post('/api/drivers').set(bearer(person.token)).send(BODY)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
  });

  it('while the user service gives no answer, writes nothing and can be repeated', async () => {
    const { grant } = h.neighbours;
    h.neighbours.grant = () => Promise.reject(new AppError('UPSTREAM_AMBIGUOUS', 'unavailable', 'no answer'));
    const person = await h.person();
    const send = () => h.request.post('/api/drivers').set(bearer(person.token)).set('Idempotency-Key', 'k').send(BODY);
    await send().expect(503);
    await h.request.get(`/api/drivers/${person.id}`).set(bearer(person.token)).expect(404);
    h.neighbours.grant = grant;
    await send().expect(201);
  });

  it('with fields missing, unknown or wrong, names them all', async () => {
    const person = await h.person();
    const answer = await h.request
      .post('/api/drivers')
      .set(bearer(person.token))
      .send({ licenseNumber: 'P', vehicle: { ...VEHICLE, year: 1900, wheels: 4 } })
      .expect(422);
    expect((answer.body.errors as { pointer: string }[]).map(({ pointer }) => pointer).toSorted()).toEqual([
      '/licenseNumber',
      '/vehicle/wheels',
      '/vehicle/year',
    ]);
  });

  it('keeps neither a licence nor a document number', async () => {
    const driver = await h.verified();
    const { rows } = await h.database.query<{ row: string }>(
      `select to_jsonb(d)::text as row from drivers d where driver_id = $1
       union all select to_jsonb(o)::text from driver_documents o where driver_id = $1`,
      [driver.id],
    );
    const kept = rows.map(({ row }) => row).join('\n');
    expect(rows).toHaveLength(4);
    for (const secret of ['12345678', '123456', '123-456']) expect(kept).not.toContain(secret);
    expect(kept).toContain('"number_last4": "-456"');
  });
});

describe('documents', () => {
  const insurance = { type: 'insurance', number: 'AB-123456', expiresOn: '2099-12-31' };

  it('are pending, and show their last four characters', async () => {
    const driver = await h.registered();
    const answer = await h.submit(driver, insurance).expect(201);
    expect(answer.body).toEqual({
      id: expect.any(String),
      type: 'insurance',
      state: 'pending',
      number: '3456',
      expiresOn: '2099-12-31',
      reviewedAt: null,
      reason: null,
    });
  });

  it('that have expired, or are for somebody else, are refused', async () => {
    const driver = await h.registered();
    const expired = await h.submit(driver, { ...insurance, expiresOn: '2020-01-01' }).expect(422);
    expect(expired.body).toMatchObject({ code: 'DOCUMENT_ALREADY_EXPIRED', errors: [{ pointer: '/expiresOn' }] });
    const other = await h.registered();
    const foreign = await h.submit({ id: other.id, token: driver.token }, insurance).expect(404);
    expect(foreign.body).toMatchObject({ code: 'DRIVER_NOT_FOUND' });
    await h.submit(await h.person('rider'), insurance).expect(404);
  });

  it('are reviewed once, by an administrator, and verify their driver', async () => {
    const driver = await h.verified();
    const { body } = await h.request.get(`/api/drivers/${driver.id}`).set(bearer(driver.token)).expect(200);
    expect(body).toMatchObject({ verification: 'verified', documents: [{ state: 'approved' }, {}, {}] });
    const again = await h.review(body.documents[0].id as string, driver.id, 'reject');
    expect(again.body).toMatchObject({ status: 409, code: 'DOCUMENT_TRANSITION_NOT_ALLOWED' });
    expect((await h.review(uuid(), driver.id, 'approve')).body).toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
    expect((await h.review(uuid(), uuid(), 'approve')).body).toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
    const events = await published(`driver:${driver.id}`);
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(events.at(-1)).toMatchObject({ type: 'driver.document_reviewed', data: { verification: 'verified' } });
  });

  it('are not reviewed by their driver', async () => {
    const driver = await h.registered();
    const { body } = await h.submit(driver, insurance).expect(201);
    await h.request
      .put(`/api/drivers/${driver.id}/documents/${body.id as string}/review`)
      .set(bearer(driver.token))
      .send({ decision: 'approve' })
      .expect(403);
  });

  it('renewed and rejected, take an available driver offline', async () => {
    const driver = await h.available();
    const renewal = await h.submit(driver, insurance).expect(201);
    await h.setStatus(driver, 'available').expect(200);
    const rejected = await h.review(renewal.body.id as string, driver.id, 'reject', 'not legible');
    expect(rejected.body).toMatchObject({ state: 'rejected', reason: 'not legible' });
    const { body } = await h.request.get(`/api/drivers/${driver.id}`).set(bearer(driver.token)).expect(200);
    expect(body).toMatchObject({ status: 'offline', verification: 'rejected' });
    expect((await published(`slot:${driver.id}`)).at(-1)).toMatchObject({ data: { reason: 'document_rejected' } });
    expect((await h.setStatus(driver, 'available').expect(409)).body).toMatchObject({ code: 'DRIVER_NOT_VERIFIED' });
  });
});

describe('GET /api/drivers/{id}', () => {
  it('shows strangers nothing', async () => {
    const driver = await h.registered();
    const stranger = await h.person();
    const answer = await h.request.get(`/api/drivers/${driver.id}`).set(bearer(stranger.token)).expect(404);
    expect(answer.body).toMatchObject({ code: 'DRIVER_NOT_FOUND' });
    const admin = await h.person('admin');
    await h.request.get(`/api/drivers/${uuid()}`).set(bearer(admin.token)).expect(404);
    expect((await h.request.get(`/api/drivers/${driver.id}`).set(bearer(admin.token)).expect(200)).body).toHaveProperty(
      'documents',
    );
  });
});

describe('GET /api/drivers', () => {
  it('pages through drivers in the order of their registration', async () => {
    const admin = await h.person('admin');
    const mine = [await h.registered(), await h.registered(), await h.registered()].map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { limit: '2', verification: 'incomplete', ...(cursor ? { cursor } : {}) };
      const { body } = await h.request.get('/api/drivers').query(query).set(bearer(admin.token)).expect(200);
      seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
      cursor = body.nextCursor as string | null;
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => mine.includes(id))).toEqual(mine);
  });

  it('is for administrators, and refuses a cursor that it did not make', async () => {
    const rider = await h.person();
    await h.request.get('/api/drivers').set(bearer(rider.token)).expect(403);
    const admin = await h.person('admin');
    const answer = await h.request.get('/api/drivers?cursor=e30').set(bearer(admin.token)).expect(422);
    expect(answer.body).toMatchObject({ code: 'CURSOR_INVALID' });
  });
});

describe('PUT /api/drivers/{id}/status', () => {
  it('needs verified documents, and is one\u2019s own', async () => {
    const driver = await h.registered();
    expect((await h.setStatus(driver, 'available').expect(409)).body).toMatchObject({ code: 'DRIVER_NOT_VERIFIED' });
    expect((await h.setStatus(driver, 'offline').expect(200)).body).toMatchObject({ status: 'offline' });
    const other = await h.verified();
    await h.setStatus({ id: other.id, token: driver.token }, 'available').expect(404);
    await h.setStatus(await h.person(), 'available').expect(404);
  });

  it('goes there and back, once each', async () => {
    const driver = await h.verified();
    for (const status of ['available', 'available', 'offline', 'offline'] as const) {
      expect((await h.setStatus(driver, status).expect(200)).body).toMatchObject({ id: driver.id, status });
    }
    expect((await published(`slot:${driver.id}`)).map(({ data }) => data['reason'])).toEqual([
      'went_available',
      'went_offline',
    ]);
  });
});

describe('operations', () => {
  it('tells its health, its drivers at work and its own API', async () => {
    await h.request.get('/health').expect(200);
    await h.request.get('/health/ready').expect(200);
    const { text } = await h.request.get('/metrics').expect(200);
    expect(text).toMatch(/active_drivers_total\{service="driver"\} \d+/);
    expect(text).toContain('driver_slot_changes_total');
  });
});
