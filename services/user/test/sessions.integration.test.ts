import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemIds } from '@rideshare/kernel/system';
import fc from 'fast-check';
import { decideRefresh, sessionExpiry, SESSIONS_PER_ACCOUNT_MAX, tokenExpiry } from '../src/domain/session.ts';
import { createSessionStore } from '../src/store/session-store.pg.ts';
import { bearer, PASSWORD, startUser } from './support/running-user.ts';
import type { RunningUser, SignedIn } from './support/running-user.ts';
import { SessionMachine } from './support/session-machine.ts';
import type { Outcome } from './support/session-machine.ts';

let user: RunningUser;
beforeAll(async () => {
  user = await startUser();
});
afterAll(() => user.close());

const PHONE = { 'user-agent': 'phone/1' };
const LAPTOP = { 'user-agent': 'laptop/1' };

interface Refreshed {
  readonly status: number;
  readonly code?: string;
  readonly refreshToken?: string;
  readonly accessToken?: string;
}

async function refresh(refreshToken: string, headers: Readonly<Record<string, string>> = PHONE): Promise<Refreshed> {
  const answer = await user.request.post('/api/auth/refresh').set(headers).send({ refreshToken });
  return { status: answer.status, ...(answer.body as object) };
}

/** Moves what is stored about an account's sessions into the past: to the store, time has passed. */
async function pass(accountId: string, ms: number): Promise<void> {
  const values = [accountId, ms];
  await user.database.query(
    `update refresh_tokens set issued_at = issued_at - $2 * interval '1 millisecond',
       expires_at = expires_at - $2 * interval '1 millisecond', used_at = used_at - $2 * interval '1 millisecond'
     where session_id in (select id from sessions where account_id = $1)`,
    values,
  );
  await user.database.query(
    `update sessions set expires_at = expires_at - $2 * interval '1 millisecond',
       refreshed_at = refreshed_at - $2 * interval '1 millisecond',
       ended_at = ended_at - $2 * interval '1 millisecond' where account_id = $1`,
    values,
  );
}

async function endReasons(accountId: string): Promise<(string | null)[]> {
  const { rows } = await user.database.query<{ end_reason: string | null }>(
    'select end_reason from sessions where account_id = $1 order by opened_at, id',
    [accountId],
  );
  return rows.map((row) => row.end_reason);
}

describe('POST /api/auth/login', () => {
  it('with the right pair, whatever the case of the address, gives tokens that nobody may keep', async () => {
    const { email, id } = await user.register('Case@example.com');
    const answer = await user.request
      .post('/api/auth/login')
      .send({ email: 'cASE@example.com', password: PASSWORD })
      .expect(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toMatchObject({ tokenType: 'Bearer', expiresIn: 900, user: { id, email } });
    await user.request
      .get(`/api/users/${id}`)
      .set(bearer(answer.body as SignedIn))
      .expect(200);
  });

  it('stores no token, only hashes', async () => {
    const session = await user.person();
    const { rows } = await user.database.query<{ row: string }>(
      'select refresh_tokens::text as row from refresh_tokens',
    );
    expect(rows.some(({ row }) => row.includes(session.refreshToken.slice(4)))).toBe(false);
  });

  it('leaves tokens that are found by their session without reading all others', async () => {
    const plan = await user.database.transaction(async (tx) => {
      await tx.query('set local enable_seqscan = off');
      const { rows } = await tx.query('explain delete from refresh_tokens where session_id = $1', [systemIds.next()]);
      return JSON.stringify(rows);
    });
    expect(plan).toContain('refresh_tokens_of_session');
  });

  it('more often than an account may have sessions, ends the one unused for longest', async () => {
    const person = await user.person();
    const store = createSessionStore(user.database);
    await pass(person.id, 60_000);
    for (let count = 1; count <= SESSIONS_PER_ACCOUNT_MAX; count += 1) {
      const at = new Date(Date.now() - 1_000 + count);
      const session = { sessionId: systemIds.next(), accountId: person.id, tokenHash: systemIds.next(), at };
      await store.open({
        ...session,
        expiresAt: new Date(Date.now() + 60_000),
        tokenExpiresAt: new Date(Date.now() + 60_000),
      });
    }
    const reasons = await endReasons(person.id);
    expect(reasons.filter((reason) => reason === 'superseded')).toHaveLength(1);
    expect((await refresh(person.refreshToken)).code).toBe('REFRESH_TOKEN_INVALID');
  });
});

describe('POST /api/auth/refresh', () => {
  it('exchanges a token for its successor, again and again', async () => {
    const person = await user.person();
    let token = person.refreshToken;
    const seen = new Set([token]);
    for (let count = 0; count < 3; count += 1) {
      const next = await refresh(token);
      expect(next.status).toBe(200);
      token = next.refreshToken!;
      seen.add(token);
    }
    expect(seen.size).toBe(4);
  });

  it('repeated by the same client within 10 s, gives the same successor', async () => {
    const { refreshToken } = await user.person();
    const first = await refresh(refreshToken);
    const second = await refresh(refreshToken);
    expect(second.refreshToken).toBe(first.refreshToken);
    expect((await refresh(first.refreshToken!)).status).toBe(200);
  });

  it('repeated after a restart, still gives the same successor: it is derived, not remembered', async () => {
    const { refreshToken } = await user.person();
    const first = await refresh(refreshToken);
    await user.restart();
    expect((await refresh(refreshToken)).refreshToken).toBe(first.refreshToken);
  });

  it.each([
    ['by another user agent', LAPTOP],
    ['from another address', { ...PHONE, 'x-forwarded-for': '198.51.100.9' }],
  ])('repeated %s, ends the session for everybody', async (_who, headers) => {
    const person = await user.person();
    const first = await refresh(person.refreshToken);
    expect(await refresh(person.refreshToken, headers)).toMatchObject({ status: 401, code: 'REFRESH_TOKEN_REUSED' });
    expect(await refresh(first.refreshToken!)).toMatchObject({ status: 401, code: 'REFRESH_TOKEN_INVALID' });
    expect(await endReasons(person.id)).toEqual(['reused']);
  });

  it('repeated by the same client after 10 s, ends the session', async () => {
    const person = await user.person();
    await refresh(person.refreshToken);
    await pass(person.id, 10_500);
    expect((await refresh(person.refreshToken)).code).toBe('REFRESH_TOKEN_REUSED');
  });

  it('repeated by the same client after its successor was used, ends the session', async () => {
    const { refreshToken } = await user.person();
    const first = await refresh(refreshToken);
    await refresh(first.refreshToken!);
    expect((await refresh(refreshToken)).code).toBe('REFRESH_TOKEN_REUSED');
  });

  it('leaves other sessions of the person alone when one is ended by reuse', async () => {
    const person = await user.person();
    const other = await user.signIn(person.email);
    await refresh(person.refreshToken);
    await refresh(person.refreshToken, LAPTOP);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it.each([
    ['of the token', 31],
    ['of the session', 91],
  ])('after the end %s, is refused', async (_what, days) => {
    const person = await user.person();
    await pass(person.id, days * 86_400_000);
    expect((await refresh(person.refreshToken)).code).toBe('REFRESH_TOKEN_INVALID');
  });

  it('with a token that nobody issued, is refused', async () => {
    for (const token of ['x', `rrt_${'A'.repeat(43)}`, 'a'.repeat(512)]) {
      expect(await refresh(token)).toMatchObject({ status: 401, code: 'REFRESH_TOKEN_INVALID' });
    }
    expect((await refresh('a'.repeat(513))).status).toBe(422);
  });

  it('sent fifty times at once by one client, issues one successor', async () => {
    const person = await user.person();
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(person.refreshToken)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    const { rows } = await user.database.query(
      'select 1 from refresh_tokens where session_id in (select id from sessions where account_id = $1)',
      [person.id],
    );
    expect(rows).toHaveLength(2);
  });

  it('sent fifty times at once by fifty clients, gives one of them a successor at the most, and then nobody', async () => {
    const person = await user.person();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        refresh(person.refreshToken, { 'user-agent': `client/${String(index)}` }),
      ),
    );
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'REFRESH_TOKEN_REUSED').length).toBeGreaterThanOrEqual(1);
    expect((await refresh(winners[0]!.refreshToken!)).code).toBe('REFRESH_TOKEN_INVALID');
    expect(await endReasons(person.id)).toEqual(['reused']);
  });

  it('racing with a suspension, leaves no session behind', async () => {
    const admin = await user.administrator();
    for (let round = 0; round < 5; round += 1) {
      const person = await user.person();
      const suspension = user.request.put(`/api/users/${person.id}/suspension`).set(bearer(admin));
      await Promise.all([
        suspension.send({ suspended: true, reason: 'race' }).expect(200),
        refresh(person.refreshToken),
        user.request.post('/api/auth/login').send({ email: person.email, password: PASSWORD }),
        refresh(person.refreshToken, LAPTOP),
      ]);
      expect(await endReasons(person.id)).not.toContain(null);
    }
  });
});

describe('POST /api/auth/logout', () => {
  const logout = (caller: SignedIn, refreshToken: string) =>
    user.request.post('/api/auth/logout').set(bearer(caller)).send({ refreshToken });

  it('ends the session of the token, used or not', async () => {
    const person = await user.person();
    const next = await refresh(person.refreshToken);
    await logout(person, person.refreshToken).expect(204);
    expect((await refresh(next.refreshToken!)).code).toBe('REFRESH_TOKEN_INVALID');
    expect(await endReasons(person.id)).toEqual(['signed_out']);
    await logout(person, person.refreshToken).expect(204);
  });

  it('with a token that is unknown or another’s, answers the same and ends nothing', async () => {
    const [person, other] = [await user.person(), await user.person()];
    await logout(person, 'unknown').expect(204);
    await logout(person, other.refreshToken).expect(204);
    expect((await refresh(other.refreshToken)).status).toBe(200);
  });

  it('without an access token, is refused', async () => {
    await user.request.post('/api/auth/logout').send({ refreshToken: 'x' }).expect(401);
  });
});

describe('the session store', () => {
  const policy = { refreshTokenTtlMs: 1_800_000, sessionTtlMs: 7_200_000 };
  // sums of 3.5 s stay seconds away from the ten of the window: the store's own time goes on meanwhile
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('refresh' as const), back: fc.nat(2), by: fc.nat(1) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(3_500, 20_000) }),
    },
    { weight: 1, arbitrary: fc.constantFrom({ kind: 'end' as const }, { kind: 'expire' as const }) },
  );

  it('under any sequence of steps, decides as the machine in memory does', async () => {
    const store = createSessionStore(user.database);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const { id: accountId } = await registered();
        const machine = new SessionMachine(policy);
        const run = systemIds.next();
        const hashOf = (name: string) => `${run}.${name}`;
        const at = new Date();
        const expiresAt = sessionExpiry(at, policy);
        const tokenExpiresAt = tokenExpiry(at, expiresAt, policy);
        const session = { sessionId: run, accountId, tokenHash: hashOf('t0'), at, expiresAt, tokenExpiresAt };
        await store.open(session);
        for (const each of steps) {
          if (each.kind === 'pass') {
            machine.pass(each.ms);
            await pass(accountId, each.ms);
          } else if (each.kind === 'expire') {
            machine.pass(policy.sessionTtlMs);
            await pass(accountId, policy.sessionTtlMs);
          } else if (each.kind === 'end') {
            machine.ended = true;
            await store.end(hashOf('t0'), accountId, 'signed_out');
          } else {
            const { hash } = machine.tokens[Math.max(0, machine.tokens.length - 1 - each.back)]!;
            const fingerprint = `client ${String(each.by)}`;
            const successorHash = hashOf(SessionMachine.successorOf(hash));
            const found = await store.refresh(
              { tokenHash: hashOf(hash), successorHash, fingerprint },
              (presented, now) => decideRefresh(presented, { fingerprint, successorHash }, now, policy),
            );
            const outcome: Outcome = found?.verdict.outcome ?? 'unknown';
            expect(outcome).toBe(machine.refresh(hash, fingerprint));
          }
        }
        const { rows } = await user.database.query<{ unused: number }>(
          'select count(*) as unused from refresh_tokens where session_id = $1 and used_at is null',
          [run],
        );
        expect(rows[0]?.unused).toBe(1);
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  let owner: { id: string } | undefined;
  const registered = async () => (owner ??= await user.register());

  it('purges what has expired and what ended a week ago, and nothing else', async () => {
    const [live, expired, ended] = [await user.person(), await user.person(), await user.person()];
    await user.request.post('/api/auth/logout').set(bearer(ended)).send({ refreshToken: ended.refreshToken });
    await pass(expired.id, 91 * 86_400_000);
    await pass(ended.id, 8 * 86_400_000);
    const store = createSessionStore(user.database);
    expect(await store.purge(1_000)).toBeGreaterThanOrEqual(2);
    expect(await endReasons(live.id)).toEqual([null]);
    expect(await endReasons(expired.id)).toEqual([]);
    expect(await endReasons(ended.id)).toEqual([]);
    expect((await refresh(live.refreshToken)).status).toBe(200);
  });

  it('counts people, not sessions, and only those who were here lately', async () => {
    const store = createSessionStore(user.database);
    const before = await store.countActive(900_000);
    const person = await user.person();
    await user.signIn(person.email);
    expect(await store.countActive(900_000)).toBe(before + 1);
    await pass(person.id, 901_000);
    expect(await store.countActive(900_000)).toBe(before);
  });
});
