import { assert } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import { appendToOutbox, newEvent } from '@rideshare/messaging';
import type { Database, PgTransaction } from '@rideshare/postgres';
import type { Account, AccountChange } from '../domain/account.ts';
import { userNotFound } from '../domain/errors.ts';
import { accountEvent } from '../events/account-event.ts';
import type { AccountStore } from '../usecases/ports.ts';
import { ACCOUNT_COLUMNS, accountValues, toAccount } from './account-row.ts';
import type { AccountRow } from './account-row.ts';

const SOURCE = 'user';

/** Accounts in PostgreSQL; every change and its event are one transaction. */
export function createAccountStore(database: Database): AccountStore {
  return {
    async find(accountId) {
      const { rows } = await database.query<AccountRow>(
        `select ${ACCOUNT_COLUMNS} from accounts a where a.id = $1`,
        [accountId],
        { name: 'account_find' },
      );
      return rows[0] && toAccount(rows[0]);
    },
    async findCredentials(email) {
      const { rows } = await database.query<AccountRow & { password_hash: string }>(
        `select ${ACCOUNT_COLUMNS}, c.password_hash
         from accounts a join credentials c on c.account_id = a.id where lower(a.email) = lower($1)`,
        [email],
        { name: 'account_credentials' },
      );
      return rows[0] && { account: toAccount(rows[0]), passwordHash: rows[0].password_hash };
    },
    async isEmailTaken(email) {
      const { rowCount } = await database.query('select 1 from accounts where lower(email) = lower($1)', [email]);
      return rowCount > 0;
    },
    async create(operation, change, passwordHash) {
      const taken = new Error('somebody else has this address');
      try {
        await database.atomic(operation, async (tx) => {
          if (!(await insert(tx, change.account, passwordHash))) throw taken;
          publish(tx, operation, change);
          return change.account;
        });
        return 'created';
      } catch (error) {
        if (error === taken) return 'email_taken';
        throw error;
      }
    },
    async change(operation, accountId, decide) {
      return database.atomic(operation, async (tx) => {
        const account = await lock(tx, accountId);
        const change = decide(account);
        if (!change) return account;
        await update(tx, change.account);
        if (change.endsSessions === true) await endSessions(tx, change.account);
        if (change.audit) await record(tx, operation, change);
        publish(tx, operation, change);
        return change.account;
      });
    },
    async replacePasswordHash(accountId, from, to) {
      await database.query(
        `update credentials set password_hash = $3, changed_at = clock_timestamp()
         where account_id = $1 and password_hash = $2`,
        [accountId, from, to],
      );
    },
  };
}

/** False where the address is taken. Not by a unique violation: the server would write the address into its log. */
async function insert(tx: PgTransaction, account: Account, passwordHash: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into accounts as a (id, version, email, first_name, last_name, phone, language, currency, notify_by_email,
       notify_by_sms, notify_by_push, accessibility, roles, status, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     on conflict (lower(email)) do nothing`,
    accountValues(account),
  );
  if (rowCount === 0) return false;
  await tx.query('insert into credentials (account_id, password_hash, changed_at) values ($1, $2, $3)', [
    account.id,
    passwordHash,
    account.createdAt,
  ]);
  return true;
}

/** Held until the change is committed: two changes of one account follow each other, and no session opens in between. */
async function lock(tx: PgTransaction, accountId: string): Promise<Account> {
  const { rows } = await tx.query<AccountRow>(`select ${ACCOUNT_COLUMNS} from accounts a where a.id = $1 for update`, [
    accountId,
  ]);
  if (!rows[0]) throw userNotFound();
  return toAccount(rows[0]);
}

async function update(tx: PgTransaction, account: Account): Promise<void> {
  const { rowCount } = await tx.query(
    `update accounts set version = $2, first_name = $4, last_name = $5, phone = $6, language = $7, currency = $8,
       notify_by_email = $9, notify_by_sms = $10, notify_by_push = $11, accessibility = $12, roles = $13, status = $14,
       updated_at = $16
     where id = $1 and version = $2 - 1 and email = $3 and created_at = $15`,
    accountValues(account),
  );
  assert(rowCount === 1, 'a locked account changes by one version, and keeps its e-mail and its birthday');
}

async function endSessions(tx: PgTransaction, account: Account): Promise<void> {
  await tx.query(
    `update sessions set ended_at = clock_timestamp(), end_reason = $2 where account_id = $1 and ended_at is null`,
    [account.id, account.status],
  );
}

async function record(
  tx: PgTransaction,
  operation: Operation<Account>,
  { account, audit }: AccountChange,
): Promise<void> {
  if (!audit) return;
  await tx.query(
    'insert into account_audit (id, account_id, action, actor_id, reason, at) values ($1, $2, $3, $4, $5, $6)',
    [
      operation.id('audit'),
      account.id,
      audit.action,
      audit.actor.kind === 'user' ? audit.actor.userId : null,
      audit.reason,
      operation.at,
    ],
  );
}

function publish(tx: PgTransaction, operation: Operation<Account>, change: AccountChange): void {
  const { account } = change;
  const common = {
    id: operation.id('event'),
    sequence: account.version,
    occurredAt: account.updatedAt,
    source: SOURCE,
  };
  const event = accountEvent(change.event);
  appendToOutbox(tx, [newEvent(event.definition, { ...common, data: event.data })]);
}
