import type { Secret } from '@rideshare/config';
import { toError } from '@rideshare/kernel';
import { silentLogger } from '@rideshare/observability';
import type { Logger, Metrics } from '@rideshare/observability';
import pg from 'pg';
import { commitAmbiguous, engineUnreachable, isConnectionLost, isOutdatedStatement, statementError } from './errors.ts';
import { Notifier } from './notifier.ts';
import type { Database, PgTransaction, Queryable, QueryResult } from './queryable.ts';
import { createStatementNames } from './statement-names.ts';
import { asPg, run, runTransaction } from './transaction.ts';
import type { TransactionSource } from './transaction.ts';
import { typeParsers } from './type-parsers.ts';

/** How to reach a database, and how long anything on it may take. */
export interface DatabaseOptions {
  readonly url: string | Secret;
  /** What the server's own views call these connections: the service. */
  readonly applicationName: string;
  readonly poolMax?: number;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  /** Leaves every plan to the server: for tools that read whole tables. */
  readonly readsWholeTables?: boolean;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

// a pool past this helps nobody: PostgreSQL runs as many statements at once as it has cores
const POOL_MAX = 10;
// no statement of a request or a batch may outlive its caller by much; migrations have a connection of their own
const STATEMENT_TIMEOUT_MS = 10_000;
// locks are held for one transaction; a longer wait means that somebody is stuck, and 503 is the better answer
const LOCK_TIMEOUT_MS = 5_000;
// a transaction nobody speaks to (a paused process) gives its locks back
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
// waiting for a free connection, and for a server that does not answer
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_CONNECTION_MS = 30_000;

const READS = /^\s*(?:select|show|values|table)\b/i;

/**
 * Has rows looked up by index wherever there is one. Prepared statements keep their plans: one made while its tables were
 * nearly empty would read all of them, however large they become, until their statistics come in.
 */
function withIndexPlans(text: string): string {
  const url = new URL(text);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', `${given === null ? '' : `${given} `}-c enable_seqscan=off -c jit=off`);
  return url.href;
}

function connectionOf(options: DatabaseOptions): pg.ClientConfig {
  const url = typeof options.url === 'string' ? options.url : options.url.reveal();
  return {
    connectionString: options.readsWholeTables === true ? url : withIndexPlans(url),
    application_name: options.applicationName,
    types: typeParsers,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    lock_timeout: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  };
}

async function queryOnce<Row extends object>(
  { connect, names }: TransactionSource,
  ...statement: Parameters<Queryable['query']>
): Promise<QueryResult<Row>> {
  const client = await connect();
  let broken: Error | undefined;
  try {
    return await run<Row>(client, names, ...statement);
  } catch (error) {
    // nothing has happened, and the statement has another name by now
    if (isOutdatedStatement(error)) return await run<Row>(client, names, ...statement);
    if (!isConnectionLost(error)) throw statementError(error);
    broken = toError(error);
    // a write that commits by itself and whose answer is lost may have happened
    throw READS.test(statement[0]) ? engineUnreachable(error) : commitAmbiguous(error);
  } finally {
    client.release(broken ?? false);
  }
}

/** Opens a pool; nothing is connected until it is used. The role's search path decides where names are looked up. */
export function createDatabase(options: DatabaseOptions): Database {
  const logger = options.logger ?? silentLogger;
  const connection = connectionOf(options);
  const pool = new pg.Pool({
    ...connection,
    max: options.poolMax ?? POOL_MAX,
    idleTimeoutMillis: IDLE_CONNECTION_MS,
  });
  pool.on('connect', (client) => {
    // a connection that dies while it is in use reports it twice: to its statement, and here, where nobody may listen
    client.on('error', () => undefined);
  });
  pool.on('error', (error) => {
    logger.warn('an idle database connection was lost', { error });
  });
  observe(pool, options.metrics);
  const notifier = new Notifier({
    client: () => new pg.Client(connection),
    onError: (error) => {
      logger.warn('the notification connection failed; polling goes on', { error });
    },
  });
  const connect = async (): Promise<pg.PoolClient> => {
    try {
      return await pool.connect();
    } catch (error) {
      throw isConnectionLost(error) ? engineUnreachable(error) : toError(error);
    }
  };
  let closing: Promise<void> | undefined;

  const database: Database = {
    query: (...statement) => queryOnce(source, ...statement),
    transaction: (work) => runTransaction(source, work),
    atomic: async (operation, work) => {
      const step = async (tx: PgTransaction) => {
        const result = await work(tx);
        await operation.seal(tx, result);
        return result;
      };
      return operation.transaction ? step(asPg(operation.transaction)) : database.transaction(step);
    },
    listen: (channel, onNotify) => notifier.listen(channel, onNotify),
    notify: (channel, payload = '') => {
      notifier.notify(channel, payload);
    },
    check: (signal) => checked(database, signal),
    close: () => {
      closing ??= Promise.all([notifier.close(), pool.end()]).then(() => undefined);
      return closing;
    },
  };
  const source: TransactionSource = {
    database,
    connect,
    names: createStatementNames(),
    onHookError: (error) => {
      logger.error('a hook failed after its transaction was committed', { error });
    },
  };
  return database;
}

async function checked(database: Database, signal?: AbortSignal): Promise<void> {
  const answer = database.query('select 1');
  if (!signal) {
    await answer;
    return;
  }
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(engineUnreachable(signal.reason));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([answer, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
    answer.catch(() => undefined); // the check was given up; its late failure has been reported already
  }
}

function observe(pool: pg.Pool, metrics: Metrics | undefined): void {
  const inUse = (): number => pool.totalCount - pool.idleCount;
  metrics?.gauge('database_connections_active', 'Connections of the pool that are in use', [], inUse);
}
