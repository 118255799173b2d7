import { AppError, toError } from '@rideshare/kernel';
import type { Transaction } from '@rideshare/kernel';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type pg from 'pg';
import {
  commitAmbiguous,
  isConnectionLost,
  isOutdatedStatement,
  isSerializationFailure,
  statementError,
} from './errors.ts';
import type { Database, PgTransaction, Queryable, QueryOptions, QueryResult, WriteAll } from './queryable.ts';
import type { StatementNames } from './statement-names.ts';

// a conflict lasts as long as the other transaction, a few milliseconds; past five tries the load is the problem
const conflictPolicy = retry(
  handleWhen((error) => isSerializationFailure(error) || isOutdatedStatement(error)),
  {
    maxAttempts: 4,
    backoff: new ExponentialBackoff({ initialDelay: 10, maxDelay: 200 }),
  },
);

/** Runs one statement on a client and hides the parts of its result that nobody needs. */
export async function run<Row extends object>(
  client: pg.ClientBase,
  names: StatementNames,
  text: string,
  values: readonly unknown[] = [],
  options: QueryOptions = {},
): Promise<QueryResult<Row>> {
  // without values a text may hold several statements, which cannot be prepared
  const name = values.length > 0 ? names.nameOf(text, options.name) : undefined;
  try {
    const { rows, rowCount } = await client.query<Row>({
      text,
      values: [...values],
      ...(name === undefined ? {} : { name }),
    });
    return { rows, rowCount: rowCount ?? 0 };
  } catch (error) {
    if (isOutdatedStatement(error)) names.renew(text);
    throw error;
  }
}

/** Where transactions come from. */
export interface TransactionSource {
  readonly database: Database;
  readonly connect: () => Promise<pg.PoolClient>;
  readonly names: StatementNames;
  readonly onHookError: (error: Error) => void;
}

interface OpenTransaction {
  readonly tx: PgTransaction;
  readonly hooks: readonly (() => void)[];
  /** Writes what was collected. */
  readonly flush: () => Promise<void>;
  /** No statement is accepted after this; resolves when the last one issued has ended. */
  end(): Promise<void>;
}

function openTransaction(client: pg.ClientBase, { database, names }: TransactionSource): OpenTransaction {
  const hooks: (() => void)[] = [];
  let ended = false;
  let depth = 0;
  let last: Promise<unknown> = Promise.resolve();
  const query = <Row extends object>(...statement: Parameters<Queryable['query']>): Promise<QueryResult<Row>> => {
    if (ended) {
      return Promise.reject(new AppError('TRANSACTION_ENDED', 'internal', 'a statement came after its transaction'));
    }
    const next = last.then(async () => {
      try {
        return await run<Row>(client, names, ...statement);
      } catch (error) {
        throw statementError(error);
      }
    });
    last = next.catch(() => undefined);
    return next;
  };
  const collected = createCollection();
  const tx: PgTransaction = {
    kind: 'postgres',
    database,
    query,
    async savepoint(work) {
      const name = `savepoint_${String((depth += 1))}`;
      const forget = collected.mark();
      await query(`savepoint ${name}`);
      try {
        const result = await work();
        await query(`release savepoint ${name}`);
        return result;
      } catch (error) {
        forget();
        if (!isConnectionLost(error)) await query(`rollback to savepoint ${name}`);
        throw error;
      } finally {
        depth -= 1;
      }
    },
    collect: (writeAll, items) => {
      if (ended || collected.isClosed()) {
        throw new AppError(
          'TRANSACTION_ENDED',
          'internal',
          'something was collected after its transaction was written',
        );
      }
      collected.add(writeAll, items);
    },
    writeCollected: () => collected.writeTo(tx),
    afterCommit: (hook) => {
      hooks.push(hook);
    },
  };
  const end = async (): Promise<void> => {
    ended = true;
    await last;
  };
  const flush = async (): Promise<void> => {
    await collected.writeTo(tx);
    collected.close();
  };
  return { tx, hooks, flush, end };
}

/** What is to be written before the commit, by who writes it. */
function createCollection() {
  const batches = new Map<WriteAll<never>, unknown[]>();
  let closed = false;
  return {
    isClosed: () => closed,
    close(): void {
      closed = true;
    },
    add<Item>(writeAll: WriteAll<Item>, items: readonly Item[]): void {
      const batch = batches.get(writeAll) ?? [];
      batches.set(writeAll, batch);
      batch.push(...items);
    },
    /** Returns how to forget what is added from now on. */
    mark(): () => void {
      const sizes = new Map([...batches].map(([writeAll, items]) => [writeAll, items.length]));
      return () => {
        for (const [writeAll, items] of batches) items.splice(sizes.get(writeAll) ?? 0);
      };
    },
    async writeTo(tx: PgTransaction): Promise<void> {
      // what is written may collect more
      for (;;) {
        const [writeAll, items] = [...batches].find(([, waiting]) => waiting.length > 0) ?? [];
        if (!writeAll || !items) return;
        await writeAll(tx, items.splice(0) as never[]);
      }
    },
  };
}

async function commit(client: pg.ClientBase): Promise<void> {
  let command: string;
  try {
    ({ command } = await client.query('commit'));
  } catch (error) {
    throw isConnectionLost(error) ? commitAmbiguous(error) : statementError(error);
  }
  // the engine answers the commit of a failed transaction with a rollback, and with no error
  if (command !== 'COMMIT') {
    throw new AppError('TRANSACTION_ABORTED', 'internal', 'an engine error was swallowed inside a transaction');
  }
}

async function workAndFlush<T>({ flush, tx }: OpenTransaction, work: (tx: PgTransaction) => Promise<T>): Promise<T> {
  const result = await work(tx);
  await flush();
  return result;
}

async function attempt<T>(
  client: pg.PoolClient,
  source: TransactionSource,
  work: (tx: PgTransaction) => Promise<T>,
): Promise<{ readonly result: T; readonly hooks: readonly (() => void)[] }> {
  let broken: Error | undefined;
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError); // a connection that dies between two statements must not take the process with it
  const open = openTransaction(client, source);
  try {
    await run(client, source.names, 'begin');
    const result = await workAndFlush(open, work).finally(() => open.end());
    await commit(client);
    return { result, hooks: open.hooks };
  } catch (error) {
    if (isConnectionLost(error)) broken ??= toError(error);
    else {
      await run(client, source.names, 'rollback').catch((failure: unknown) => {
        broken ??= toError(failure);
      });
    }
    throw statementError(error);
  } finally {
    client.off('error', onError);
    client.release(broken ?? false);
  }
}

/** Runs `work` in a transaction on a client of its own, again where the engine asks for it; then its hooks. */
export async function runTransaction<T>(
  source: TransactionSource,
  work: (tx: PgTransaction) => Promise<T>,
): Promise<T> {
  const { result, hooks } = await conflictPolicy.execute(async () => attempt(await source.connect(), source, work));
  for (const hook of hooks) {
    try {
      hook();
    } catch (error) {
      source.onHookError(toError(error)); // the change is durable: its caller must not hear that it failed
    }
  }
  return result;
}

/**
 * The PostgreSQL transaction behind the kernel's opaque one.
 *
 * @throws `ASSERTION_FAILED` when it is another store's.
 */
export function asPg(transaction: Transaction): PgTransaction {
  if (!isPg(transaction)) {
    throw new AppError('ASSERTION_FAILED', 'internal', `a ${transaction.kind} transaction reached a PostgreSQL store`);
  }
  return transaction;
}

function isPg(transaction: Transaction): transaction is PgTransaction {
  return transaction.kind === 'postgres' && 'query' in transaction;
}
