import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { BACKOFF_RULES } from '../src/domain/login-backoff.ts';
import { createFingerprints } from '../src/keys/fingerprints.ts';
import { createLoginFailureStore } from '../src/store/login-failure-store.pg.ts';
import { bearer, PASSWORD, startUser } from './support/running-user.ts';
import type { RunningUser } from './support/running-user.ts';

let user: RunningUser;
beforeAll(async () => {
  user = await startUser();
});
afterAll(() => user.close());

interface Attempted {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfterS: number | undefined;
}

const from = (address: string) => ({ 'x-forwarded-for': address });

async function attempt(email: string, password: string, address = '192.0.2.1'): Promise<Attempted> {
  const answer = await user.request.post('/api/auth/login').set(from(address)).send({ email, password });
  const retryAfter = answer.headers['retry-after'];
  return {
    status: answer.status,
    code: answer.body.code as string | undefined,
    retryAfterS: retryAfter === undefined ? undefined : Number(retryAfter),
  };
}

async function fail(times: number, email: string, address?: string): Promise<Attempted[]> {
  const answers: Attempted[] = [];
  for (let count = 0; count < times; count += 1) answers.push(await attempt(email, 'wrong horse', address));
  return answers;
}

/** Ends every wait; the counts stay. */
const waitOut = () => user.database.query('update login_failures set blocked_until = clock_timestamp()');

describe('signing in with a wrong pair', () => {
  it('answers the same for a wrong password as for an unknown address', async () => {
    const { email } = await user.register();
    const wrong = await user.request.post('/api/auth/login').send({ email, password: 'wrong horse' });
    const unknown = await user.request
      .post('/api/auth/login')
      .send({ email: 'nobody@example.com', password: 'wrong horse' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    const { traceId: _a, ...first } = wrong.body as Record<string, unknown>;
    const { traceId: _b, ...second } = unknown.body as Record<string, unknown>;
    expect(first).toEqual(second);
    expect(first['code']).toBe('INVALID_CREDENTIALS');
  });

  it('takes as long for an unknown address as for a wrong password', async () => {
    const { email } = await user.register();
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let round = 0; round < 15; round += 1) {
      for (const kind of ['known', 'unknown'] as const) {
        const started = performance.now();
        // each from an address of its own, so that no back-off shortens it
        const address = `203.0.113.${String(round)}`;
        await attempt(kind === 'known' ? email : 'never-seen@example.com', 'wrong horse', address);
        times[kind].push(performance.now() - started);
      }
    }
    const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
    const ratio = median(times.unknown) / median(times.known);
    expect(ratio).toBeGreaterThan(0.4);
    expect(ratio).toBeLessThan(2.5);
  });

  it('after four failures from one address, waits longer with each, and lets nobody guess meanwhile', async () => {
    const { email } = await user.register();
    const answers = await fail(6, email, '192.0.2.10');
    expect(answers.slice(0, 5).map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'INVALID_CREDENTIALS'));
    expect(answers[5]).toEqual({ status: 429, code: 'LOGIN_BACKOFF', retryAfterS: 2 });
    // not even the right one, or the back-off would tell which it is
    expect((await attempt(email, PASSWORD, '192.0.2.10')).code).toBe('LOGIN_BACKOFF');
    await waitOut();
    await fail(1, email, '192.0.2.10');
    expect((await attempt(email, PASSWORD, '192.0.2.10')).retryAfterS).toBe(4);
    await waitOut();
    expect((await attempt(email, PASSWORD, '192.0.2.10')).status).toBe(200);
  });

  it('does not keep the owner out who signs in from elsewhere', async () => {
    const { email } = await user.register();
    await fail(6, email, '192.0.2.20');
    expect((await attempt(email, PASSWORD, '192.0.2.21')).status).toBe(200);
  });

  it('backs off for unknown addresses as for known ones', async () => {
    const answers = await fail(6, 'ghost@example.com', '192.0.2.30');
    expect(answers.at(-1)).toEqual({ status: 429, code: 'LOGIN_BACKOFF', retryAfterS: 2 });
  });

  it('forgets the failures with the first success: only failures count', async () => {
    const { email } = await user.register();
    for (let round = 0; round < 3; round += 1) {
      await fail(4, email, '192.0.2.40');
      expect((await attempt(email, PASSWORD, '192.0.2.40')).status).toBe(200);
    }
  });

  it('remembers the failures when the service starts again', async () => {
    const { email } = await user.register();
    await fail(5, email, '192.0.2.50');
    await user.restart();
    expect((await attempt(email, PASSWORD, '192.0.2.50')).code).toBe('LOGIN_BACKOFF');
  });

  it('stores neither the address that was typed nor the one it came from', async () => {
    await fail(1, 'private@example.com', '192.0.2.60');
    const { rows } = await user.database.query<{ row: string }>(
      `select login_failures::text as row from login_failures union all select known_addresses::text from known_addresses`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.some(({ row }) => /private@|192\.0\.2\./.test(row))).toBe(false);
  });
});

describe('guessing from many addresses', () => {
  it('slows the account down everywhere but where its owner has been, and for seconds only', async () => {
    const { email } = await user.register();
    expect((await attempt(email, PASSWORD, '198.51.100.1')).status).toBe(200); // home
    const store = createLoginFailureStore(user.database);
    const fingerprints = createFingerprints(user.env['REFRESH_TOKEN_SECRET']!);
    const accountKey = fingerprints.email(email);
    for (let count = 0; count < BACKOFF_RULES.account.freeFailures + 20; count += 1) {
      await store.failed({ accountKey, addressKey: fingerprints.address(`10.9.8.${String(count)}`) });
    }
    const elsewhere = await attempt(email, PASSWORD, '198.51.100.2');
    expect(elsewhere.code).toBe('LOGIN_BACKOFF');
    expect(elsewhere.retryAfterS).toBeLessThanOrEqual(BACKOFF_RULES.account.maxMs / 1000);
    expect((await attempt(email, PASSWORD, '198.51.100.1')).status).toBe(200);
  });

  it('counts every failure of a hundred at once', async () => {
    const store = createLoginFailureStore(user.database);
    await Promise.all(Array.from({ length: 100 }, () => store.failed({ accountKey: 'crowd', addressKey: 'one' })));
    const { rows } = await user.database.query<{ scope: string; failures: number }>(
      `select scope, failures from login_failures where key in ('crowd', 'crowd.one') order by scope`,
    );
    expect(rows).toEqual([
      { scope: 'account', failures: 100 },
      { scope: 'pair', failures: 100 },
    ]);
  });

  it('forgets counts and addresses that are old', async () => {
    const store = createLoginFailureStore(user.database);
    const old = { accountKey: 'old', addressKey: 'old' };
    await store.succeeded(old);
    await store.failed(old);
    await user.database.query(
      `update login_failures set last_failed_at = last_failed_at - interval '2 hours' where key like 'old%'`,
    );
    await user.database.query(
      `update known_addresses set seen_at = seen_at - interval '61 days' where account_key = 'old'`,
    );
    expect((await store.read(old)).addressKnown).toBe(false);
    expect(await store.purge(1_000)).toBeGreaterThanOrEqual(2);
    const { rows } = await user.database.query(`select 1 from known_addresses where account_key = 'old'`);
    expect(rows).toEqual([]);
  });
});

describe('one password on many accounts from one address', () => {
  it('is refused after so many failures, but not where an owner has signed in from there', async () => {
    await user.restart({ LOGIN_ADDRESS_FAILURES_MAX: '6' });
    const { email } = await user.register();
    expect((await attempt(email, PASSWORD, '192.0.2.70')).status).toBe(200);
    for (let count = 0; count < 6; count += 1) await fail(1, `spray-${String(count)}@example.com`, '192.0.2.70');
    const blocked = await attempt('spray-7@example.com', 'wrong horse', '192.0.2.70');
    expect(blocked.code).toBe('LOGIN_BACKOFF');
    expect(blocked.retryAfterS).toBeLessThanOrEqual(900);
    expect((await attempt(email, PASSWORD, '192.0.2.70')).status).toBe(200);
    await user.restart();
  });
});

describe('a hash that was made at another cost', () => {
  it('is renewed when its owner signs in, and still fits', async () => {
    const { email, id } = await user.register();
    const cheap = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    const stored = async () => {
      const { rows } = await user.database.query<{ password_hash: string }>(
        'select password_hash from credentials where account_id = $1',
        [id],
      );
      return rows[0]?.password_hash;
    };
    await user.database.query('update credentials set password_hash = $2 where account_id = $1', [id, cheap]);
    await attempt(email, 'wrong horse', '192.0.2.80');
    expect(await stored()).toBe(cheap);
    expect((await attempt(email, PASSWORD, '192.0.2.80')).status).toBe(200);
    expect(await stored()).toContain('m=19456,t=2,p=1');
    expect((await attempt(email, PASSWORD, '192.0.2.80')).status).toBe(200);
  });
});

describe('a flood of sign-ins', () => {
  it('is refused beyond its bounds at once, and everything else goes on', async () => {
    await user.restart({ PASSWORD_HASH_CONCURRENCY: '1', PASSWORD_HASH_QUEUE_MAX: '8' });
    const person = await user.person();
    const flood = Array.from({ length: 120 }, (_, index) =>
      attempt(`flood-${String(index)}@example.com`, 'wrong horse', `10.0.0.${String(index)}`),
    );
    const readTimesMs: number[] = [];
    const flooding = new AbortController();
    const finished = Promise.all(flood).finally(() => flooding.abort());
    while (!flooding.signal.aborted) {
      const started = performance.now();
      await user.request.get(`/api/users/${person.id}`).set(bearer(person)).expect(200);
      readTimesMs.push(performance.now() - started);
    }
    const answers = await finished;
    const overloaded = answers.filter(({ status }) => status === 503);
    expect(overloaded.length).toBeGreaterThan(0);
    expect(overloaded.every(({ code, retryAfterS }) => code === 'OVERLOADED' && retryAfterS === 1)).toBe(true);
    expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(1);
    expect(answers.every(({ status }) => status === 401 || status === 503)).toBe(true);
    expect(readTimesMs.length).toBeGreaterThan(0);
    await user.signIn(person.email);
    await user.restart();
  });
});
