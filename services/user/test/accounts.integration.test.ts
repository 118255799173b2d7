import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { driverRegistered } from '@rideshare/contracts';
import { systemIds } from '@rideshare/kernel/system';
import { createEmbeddedLog, newEvent } from '@rideshare/messaging';
import { silentLogger } from '@rideshare/observability';
import { userConfig } from '../src/config.ts';
import { startService } from '../src/service.ts';
import { ADMINISTRATOR, bearer, eventually, PASSWORD, startUser } from './support/running-user.ts';
import type { RunningUser } from './support/running-user.ts';

let user: RunningUser;
beforeAll(async () => {
  user = await startUser();
});
afterAll(() => user.close());

interface Published {
  readonly type: string;
  readonly sequence: number;
  readonly data: Record<string, unknown>;
}

const newcomer = (email: string) => ({ email, password: PASSWORD, firstName: 'Rita', lastName: 'Rocha' });

/** The events of an account that have reached the log, or are on their way. */
async function eventsOf(accountId: string): Promise<Published[]> {
  const { rows } = await user.database.query<{ envelope: Published }>(
    `select envelope from event_log.records where envelope ->> 'stream' = $1
     union all select envelope from outbox where envelope ->> 'stream' = $1`,
    [`user:${accountId}`],
  );
  return rows.map(({ envelope }) => envelope).toSorted((a, b) => a.sequence - b.sequence);
}

describe('POST /api/users', () => {
  it('with a new address, opens an account and tells of it', async () => {
    const answer = await user.request
      .post('/api/users')
      .send({ ...newcomer('New@example.com'), phone: '+351912345678' });
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe(`/api/users/${String(answer.body.id)}`);
    expect(answer.body).toMatchObject({
      email: 'New@example.com',
      phone: '+351912345678',
      roles: ['rider'],
      status: 'active',
    });
    expect(JSON.stringify(answer.body)).not.toContain('assword');
    const [event, ...more] = await eventsOf(answer.body.id as string);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'user.registered',
      sequence: 1,
      data: { userId: answer.body.id, email: 'New@example.com', language: 'en', status: 'active' },
    });
  });

  it('with an address that differs from a known one only in case, is refused', async () => {
    await user.register('taken@example.com');
    const answer = await user.request.post('/api/users').send(newcomer('TAKEN@Example.com'));
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'EMAIL_TAKEN' });
  });

  it('sent ten times at once with one address, opens one account', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        user.request.post('/api/users').send(newcomer(index % 2 === 0 ? 'race@example.com' : 'RACE@example.com')),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
  });

  it('with a password that everybody knows, is refused and points at it', async () => {
    const answer = await user.request
      .post('/api/users')
      .send({ ...newcomer('weak@example.com'), password: 'Password123' });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'PASSWORD_BREACHED', errors: [{ pointer: '/password' }] });
  });

  it.each([
    ['seven characters', 'Kx7#pQ2', 422],
    ['129 characters', `${'long '.repeat(25)}1234`, 422],
    ['128 characters', `${'long '.repeat(25)}123`, 201],
  ])('with a password of %s, answers as the limit says', async (_length, password, status) => {
    const email = `length-${String(password.length)}@example.com`;
    await user.request
      .post('/api/users')
      .send({ ...newcomer(email), password })
      .expect(status);
  });

  it('repeated under its key, replays the stored 201; with another body, is refused', async () => {
    const send = (body: object) => user.request.post('/api/users').set('Idempotency-Key', 'sign-up-1').send(body);
    const first = await send(newcomer('key@example.com')).expect(201);
    const second = await send(newcomer('key@example.com')).expect(201);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(second.headers['location']).toBe(first.headers['location']);
    expect(second.body).toEqual(first.body);
    const other = await send(newcomer('other@example.com'));
    expect(other.status).toBe(422);
    expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('leaves no password, and nothing it could be guessed from quickly, in any table but its slow hash', async () => {
    await user.request
      .post('/api/users')
      .set('Idempotency-Key', 'trace-1')
      .send(newcomer('trace@example.com'))
      .expect(201);
    const { rows } = await user.database.query<{ row: string; payload_hash: string }>(
      `select idempotency_keys::text as row, payload_hash from idempotency_keys where key = $1`,
      [createHash('sha256').update('trace-1').digest('base64url')],
    );
    expect(rows[0]?.row).not.toContain(PASSWORD);
    expect(rows[0]?.payload_hash).toMatch(/^[\w-]{43}$/); // keyed: not the hash of the body itself
    const { rows: hashes } = await user.database.query<{ password_hash: string }>(
      'select password_hash from credentials',
    );
    for (const { password_hash } of hashes) expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});

describe('an account', () => {
  it('is read and replaced by its owner and by administrators, and does not exist for others', async () => {
    const [owner, other, admin] = [await user.person(), await user.person(), await user.administrator()];
    const path = `/api/users/${owner.id}`;
    await user.request.get(path).expect(401);
    await user.request.get(path).set(bearer(owner)).expect(200);
    await user.request.get(path).set(bearer(admin)).expect(200);
    const profile = { firstName: 'Ana', lastName: 'Alves', phone: '+351910000000' };
    for (const request of [
      user.request.get(path),
      user.request.put(path).send(profile),
      user.request.delete(path),
      user.request.get(`${path}/preferences`),
    ]) {
      const answer = await request.set(bearer(other));
      expect([answer.status, answer.body.code]).toEqual([404, 'USER_NOT_FOUND']);
    }
    const changed = await user.request.put(path).set(bearer(owner)).send(profile).expect(200);
    expect(changed.body).toMatchObject(profile);
    const cleared = await user.request.put(path).set(bearer(admin)).send({ firstName: 'Ana', lastName: 'Alves' });
    expect(cleared.body).toMatchObject({ phone: null });
    expect((await eventsOf(owner.id)).map(({ type, sequence }) => `${type} ${String(sequence)}`)).toEqual([
      'user.registered 1',
      'user.updated 2',
      'user.updated 3',
    ]);
  });

  it('replaced by what it is already, is no event', async () => {
    const owner = await user.person();
    const same = { firstName: 'Rita', lastName: 'Rocha' };
    await user.request.put(`/api/users/${owner.id}`).set(bearer(owner)).send(same).expect(200);
    expect(await eventsOf(owner.id)).toHaveLength(1);
  });

  it('that nobody has, is not found by an administrator', async () => {
    const admin = await user.administrator();
    const path = `/api/users/${systemIds.next()}`;
    const requests = [
      user.request.get(path),
      user.request.put(path).send({ firstName: 'A', lastName: 'B' }),
      user.request.delete(path),
      user.request.put(`${path}/suspension`).send({ suspended: true, reason: 'x' }),
    ];
    for (const request of requests) expect((await request.set(bearer(admin))).status).toBe(404);
  });

  it('changed ten times at once, loses no change and no number', async () => {
    const owner = await user.person();
    const names = Array.from({ length: 10 }, (_, index) => `Rita ${String(index)}`);
    await Promise.all(
      names.map((firstName) =>
        user.request.put(`/api/users/${owner.id}`).set(bearer(owner)).send({ firstName, lastName: 'R' }).expect(200),
      ),
    );
    const events = await eventsOf(owner.id);
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(new Set(events.slice(1).map(({ data }) => data['firstName']))).toEqual(new Set(names));
  });
});

describe('preferences', () => {
  const wanted = {
    language: 'pt-PT',
    currency: 'EUR',
    notifications: { email: true, sms: false, push: true },
    accessibility: ['wheelchair'],
  };

  it('are the owner’s alone, and told with the next event', async () => {
    const [owner, admin] = [await user.person(), await user.administrator()];
    const path = `/api/users/${owner.id}/preferences`;
    const before = await user.request.get(path).set(bearer(owner)).expect(200);
    expect(before.body).toMatchObject({ language: 'en', currency: 'EUR', accessibility: [] });
    const after = await user.request.put(path).set(bearer(owner)).send(wanted).expect(200);
    expect(after.body).toEqual(wanted);
    await user.request.get(path).set(bearer(admin)).expect(404);
    await user.request.put(path).set(bearer(admin)).send(wanted).expect(404);
    const events = await eventsOf(owner.id);
    expect(events.at(-1)?.data).toMatchObject({ language: 'pt-PT', notifications: { sms: false } });
  });
});

describe('PUT /api/users/{id}/suspension', () => {
  const suspend = (id: string, admin: { accessToken: string }, suspended: boolean, reason = 'chargebacks') =>
    user.request.put(`/api/users/${id}/suspension`).set(bearer(admin)).send({ suspended, reason });

  it('ends the sessions, keeps who did it and why, and can be lifted', async () => {
    const [person, admin] = [await user.person(), await user.administrator()];
    const answer = await suspend(person.id, admin, true).expect(200);
    expect(answer.body).toMatchObject({ status: 'suspended' });
    const refresh = await user.request.post('/api/auth/refresh').send({ refreshToken: person.refreshToken });
    expect([refresh.status, refresh.body.code]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
    const login = await user.request.post('/api/auth/login').send({ email: person.email, password: PASSWORD });
    expect([login.status, login.body.code]).toEqual([403, 'USER_SUSPENDED']);
    await suspend(person.id, admin, true, 'again').expect(200);
    await suspend(person.id, admin, false, 'cleared').expect(200);
    await user.signIn(person.email);
    const { rows } = await user.database.query(
      'select action, actor_id, reason from account_audit where account_id = $1 order by at',
      [person.id],
    );
    expect(rows).toEqual([
      { action: 'suspended', actor_id: admin.id, reason: 'chargebacks' },
      { action: 'suspension_lifted', actor_id: admin.id, reason: 'cleared' },
    ]);
    expect((await eventsOf(person.id)).map(({ data }) => data['status'])).toEqual(['active', 'suspended', 'active']);
  });

  it('by anybody else than an administrator, is refused', async () => {
    const person = await user.person();
    expect((await suspend(person.id, person, true)).status).toBe(403);
  });

  it('leaves an audit that nobody can change', async () => {
    await expect(user.database.query('update account_audit set reason = null')).rejects.toThrow('append-only');
    await expect(user.database.query('delete from account_audit')).rejects.toThrow('append-only');
  });
});

describe('DELETE /api/users/{id}', () => {
  it('closes the account for good: sessions end, signing in fails, nothing changes any more', async () => {
    const [person, admin] = [await user.person(), await user.administrator()];
    const path = `/api/users/${person.id}`;
    await user.request.delete(path).set(bearer(person)).expect(204);
    await user.request.delete(path).set(bearer(person)).expect(204);
    await user.request.post('/api/auth/refresh').send({ refreshToken: person.refreshToken }).expect(401);
    const login = await user.request.post('/api/auth/login').send({ email: person.email, password: PASSWORD });
    expect([login.status, login.body.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    const changes = [
      user.request.put(path).send({ firstName: 'A', lastName: 'B' }),
      user.request.put(`${path}/suspension`).send({ suspended: true, reason: 'x' }),
    ];
    for (const change of changes) {
      const answer = await change.set(bearer(admin));
      expect([answer.status, answer.body.code]).toEqual([409, 'USER_DEACTIVATED']);
    }
    const events = await eventsOf(person.id);
    expect(events.at(-1)).toMatchObject({ type: 'user.deactivated', sequence: 2, data: { by: 'self' } });
    expect(events).toHaveLength(2);
  });

  it('by an administrator, says so', async () => {
    const [person, admin] = [await user.person(), await user.administrator()];
    await user.request.delete(`/api/users/${person.id}`).set(bearer(admin)).expect(204);
    expect((await eventsOf(person.id)).at(-1)?.data).toEqual({ userId: person.id, by: 'admin' });
  });

  it('keeps the address taken', async () => {
    const person = await user.person();
    await user.request.delete(`/api/users/${person.id}`).set(bearer(person)).expect(204);
    await user.request.post('/api/users').send(newcomer(person.email)).expect(409);
  });
});

describe('the role of a driver', () => {
  const grant = async (id: string) =>
    user.request
      .post(`/internal/users/${id}/roles`)
      .set('authorization', `Bearer ${await user.serviceToken()}`)
      .set('Idempotency-Key', systemIds.next())
      .send({ role: 'driver' });

  it('is granted to services that ask, once, and is in the next token', async () => {
    const person = await user.person();
    expect((await grant(person.id)).body).toMatchObject({ roles: ['rider', 'driver'] });
    expect((await grant(person.id)).status).toBe(200);
    expect(await eventsOf(person.id)).toHaveLength(2);
    const refreshed = await user.request.post('/api/auth/refresh').send({ refreshToken: person.refreshToken });
    expect(refreshed.body.user.roles).toEqual(['rider', 'driver']);
    const claims = JSON.parse(
      Buffer.from(String(refreshed.body.accessToken).split('.')[1]!, 'base64url').toString('utf8'),
    ) as { roles: string[] };
    expect(claims.roles).toEqual(['rider', 'driver']);
  });

  it('is not granted to people who ask, nor to accounts that do not exist', async () => {
    const person = await user.person();
    const path = `/internal/users/${person.id}/roles`;
    expect((await user.request.post(path).set(bearer(person)).send({ role: 'driver' })).status).toBe(401);
    expect((await grant(systemIds.next())).status).toBe(404);
  });

  it('is granted by driver.registered too, and a closed or unknown account goes without', async () => {
    const [person, gone] = [await user.person(), await user.person()];
    const unknown = { id: systemIds.next() };
    await user.request.delete(`/api/users/${gone.id}`).set(bearer(gone)).expect(204);
    const log = createEmbeddedLog({ database: user.database, prefix: 'rideshare' });
    for (const { id } of [unknown, gone, person]) {
      const event = newEvent(driverRegistered, {
        id: systemIds.next(),
        sequence: 1,
        occurredAt: new Date(),
        source: 'driver',
        data: { driverId: id, vehicleClass: 'economy' },
      });
      await log.publish([{ ...event, headers: {} }]);
    }
    const roles = await eventually(async () => {
      const answer = await user.request.get(`/api/users/${person.id}`).set(bearer(person));
      const found = answer.body.roles as string[];
      return found.includes('driver') ? found : undefined;
    });
    expect(roles).toEqual(['rider', 'driver']);
    const counts = await eventually(async () => {
      const { rows } = await user.database.query<{ consumed: number; applied: number; skipped: number }>(
        `select consumed, applied, skipped from consumer_counts where group_name = 'user'`,
      );
      return rows[0]?.consumed === 3 ? rows[0] : undefined;
    });
    expect(counts).toEqual({ consumed: 3, applied: 1, skipped: 2 });
    expect((await eventsOf(gone.id)).at(-1)?.type).toBe('user.deactivated');
  });
});

describe('the first administrator', () => {
  it('is there after the start, once, however often the service starts', async () => {
    await user.restart();
    const admin = await user.administrator();
    const answer = await user.request.get(`/api/users/${admin.id}`).set(bearer(admin)).expect(200);
    expect(answer.body.roles).toEqual(['rider', 'admin']);
    expect(await eventsOf(admin.id)).toHaveLength(1);
  });

  it('is there once when two instances start at the same time on empty tables', async () => {
    const ADMIN_EMAIL = 'second@rideshare.local';
    const config = userConfig.load({ ...user.env, ADMIN_EMAIL });
    const instances = await Promise.all([1, 2].map(() => startService(config, { logger: silentLogger })));
    await Promise.all(instances.map((instance) => instance.close()));
    const admin = await user.signIn(ADMIN_EMAIL, ADMINISTRATOR.password);
    expect(await eventsOf(admin.id)).toHaveLength(1);
  });

  it('is never made of an account that somebody else registered', async () => {
    const squatter = await user.register('boss@example.com');
    await user.restart({ ADMIN_EMAIL: 'Boss@example.com', ADMIN_PASSWORD: ADMINISTRATOR.password });
    const session = await user.signIn(squatter.email);
    const answer = await user.request.get(`/api/users/${squatter.id}`).set(bearer(session)).expect(200);
    expect(answer.body.roles).toEqual(['rider']);
  });
});
