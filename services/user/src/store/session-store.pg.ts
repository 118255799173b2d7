import type { Database, PgTransaction } from '@rideshare/postgres';
import type { Account } from '../domain/account.ts';
import { SESSIONS_PER_ACCOUNT_MAX } from '../domain/session.ts';
import type { PresentedToken, RefreshVerdict, SessionEnd } from '../domain/session.ts';
import type { RefreshAttempt, SessionStore } from '../usecases/ports.ts';
import { ACCOUNT_COLUMNS, toAccount } from './account-row.ts';
import type { AccountRow } from './account-row.ts';

/** An ended session is kept this long, so that a late reuse is still told from an unknown token. */
const KEEP_ENDED_D = 7;

/**
 * Sessions in PostgreSQL. Everybody locks the account first (shared), then the session: a suspension, which locks the
 * account alone, either sees the session that was just opened or keeps it from being opened.
 */
export function createSessionStore(database: Database): SessionStore {
  return {
    async open(session) {
      return database.transaction(async (tx) => {
        const account = await lockAccount(tx, session.accountId);
        if (account?.status !== 'active') return undefined;
        await tx.query(
          `insert into sessions (id, account_id, opened_at, refreshed_at, expires_at) values ($1, $2, $3, $3, $4)`,
          [session.sessionId, session.accountId, session.at, session.expiresAt],
        );
        await issue(tx, session.tokenHash, session.sessionId, session.at, session.tokenExpiresAt);
        await supersede(tx, session.accountId);
        return account;
      });
    },
    async refresh(attempt, decide) {
      return database.transaction(async (tx) => {
        const owner = await findOwner(tx, attempt.tokenHash);
        const account = owner && (await lockAccount(tx, owner.account_id));
        if (!account) return undefined;
        const read = await lockAndRead(tx, owner.session_id, attempt.tokenHash, account);
        if (!read) return undefined;
        const verdict = decide(read.presented, read.now);
        await carryOut(tx, owner.session_id, attempt, verdict, read.now);
        return { verdict, account };
      });
    },
    async end(tokenHash, accountId, reason) {
      await database.query(
        `update sessions set ended_at = clock_timestamp(), end_reason = $3
         where id = (select session_id from refresh_tokens where hash = $1) and account_id = $2 and ended_at is null`,
        [tokenHash, accountId, reason],
      );
    },
    async countActive(withinMs) {
      const { rows } = await database.query<{ people: number }>(
        `select count(distinct account_id) as people from sessions
         where ended_at is null and refreshed_at > clock_timestamp() - $1 * interval '1 millisecond'`,
        [withinMs],
      );
      return rows[0]?.people ?? 0;
    },
    async purge(limit) {
      const sessions = await database.query(
        `delete from sessions where id in (
           select id from sessions
           where expires_at < clock_timestamp() or ended_at < clock_timestamp() - $1 * interval '1 day'
           limit $2 for update skip locked)`,
        [KEEP_ENDED_D, limit],
      );
      const tokens = await database.query(
        `delete from refresh_tokens where hash in (
           select hash from refresh_tokens where expires_at < clock_timestamp() limit $1 for update skip locked)`,
        [limit],
      );
      return Math.max(sessions.rowCount, tokens.rowCount);
    },
  };
}

async function lockAccount(tx: PgTransaction, accountId: string): Promise<Account | undefined> {
  const { rows } = await tx.query<AccountRow>(`select ${ACCOUNT_COLUMNS} from accounts a where a.id = $1 for share`, [
    accountId,
  ]);
  return rows[0] && toAccount(rows[0]);
}

async function issue(tx: PgTransaction, hash: string, sessionId: string, at: Date, expiresAt: Date): Promise<void> {
  await tx.query('insert into refresh_tokens (hash, session_id, issued_at, expires_at) values ($1, $2, $3, $4)', [
    hash,
    sessionId,
    at,
    expiresAt,
  ]);
}

async function supersede(tx: PgTransaction, accountId: string): Promise<void> {
  const reason: SessionEnd = 'superseded';
  await tx.query(
    `update sessions set ended_at = clock_timestamp(), end_reason = $3 where id in (
       select id from sessions where account_id = $1 and ended_at is null
       order by refreshed_at desc, id desc offset $2) and ended_at is null`,
    [accountId, SESSIONS_PER_ACCOUNT_MAX, reason],
  );
}

interface Owner {
  readonly session_id: string;
  readonly account_id: string;
}

async function findOwner(tx: PgTransaction, tokenHash: string): Promise<Owner | undefined> {
  const { rows } = await tx.query<Owner>(
    'select t.session_id, s.account_id from refresh_tokens t join sessions s on s.id = t.session_id where t.hash = $1',
    [tokenHash],
    { name: 'refresh_owner' },
  );
  return rows[0];
}

interface PresentedRow {
  readonly family_expires_at: Date;
  readonly family_ended: boolean;
  readonly expires_at: Date;
  readonly used_at: Date | null;
  readonly used_by: string | null;
  readonly successor_hash: string | null;
  readonly successor_used: boolean;
  readonly now: Date;
}

/** Two statements: the second begins with the lock in hand, so that it sees, and is timed, after whoever held it before. */
async function lockAndRead(
  tx: PgTransaction,
  sessionId: string,
  tokenHash: string,
  account: Account,
): Promise<{ readonly presented: PresentedToken; readonly now: Date } | undefined> {
  await tx.query('select 1 from sessions where id = $1 for update', [sessionId], { name: 'refresh_lock' });
  const { rows } = await tx.query<PresentedRow>(
    `select s.expires_at as family_expires_at, s.ended_at is not null as family_ended, t.expires_at, t.used_at, t.used_by,
       t.successor_hash, coalesce(n.used_at is not null, false) as successor_used, clock_timestamp() as now
     from refresh_tokens t join sessions s on s.id = t.session_id left join refresh_tokens n on n.hash = t.successor_hash
     where t.hash = $1`,
    [tokenHash],
    { name: 'refresh_read' },
  );
  return rows[0] && { presented: toPresented(sessionId, rows[0], account), now: rows[0].now };
}

function toPresented(familyId: string, row: PresentedRow, account: Account): PresentedToken {
  const { used_at: at, used_by: by, successor_hash: successorHash } = row;
  return {
    familyId,
    familyExpiresAt: row.family_expires_at,
    familyEnded: row.family_ended,
    accountActive: account.status === 'active',
    expiresAt: row.expires_at,
    ...(at && by !== null && successorHash !== null
      ? { used: { at, by, successorHash, successorUsed: row.successor_used } }
      : {}),
  };
}

async function carryOut(
  tx: PgTransaction,
  sessionId: string,
  attempt: RefreshAttempt,
  verdict: RefreshVerdict,
  now: Date,
): Promise<void> {
  if (verdict.outcome === 'reused') {
    const reason: SessionEnd = 'reused';
    await tx.query('update sessions set ended_at = $2, end_reason = $3 where id = $1', [sessionId, now, reason]);
  }
  if (verdict.outcome !== 'exchange') return;
  // used first: the index allows one token that is not, and so refuses a second successor
  await tx.query(
    'update refresh_tokens set used_at = $2, used_by = $3, successor_hash = $4 where hash = $1 and used_at is null',
    [attempt.tokenHash, now, attempt.fingerprint, attempt.successorHash],
  );
  await issue(tx, attempt.successorHash, sessionId, now, verdict.expiresAt);
  await tx.query('update sessions set refreshed_at = $2 where id = $1', [sessionId, now]);
}
