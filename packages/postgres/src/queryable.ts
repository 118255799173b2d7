import type { Operation, Transaction } from '@rideshare/kernel';

/** The rows of one statement, and how many it touched. */
export interface QueryResult<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
}

/** How one statement is to be run. */
export interface QueryOptions {
  /** What the server's own views call the prepared statement. */
  readonly name?: string;
}

/** Anything that runs a statement: the pool, or one open transaction. */
export interface Queryable {
  /**
   * Runs one statement with bound values. The text is prepared, so it should not vary with them.
   *
   * @throws `ENGINE_UNREACHABLE` when the statement has certainly not taken effect, `COMMIT_AMBIGUOUS` when nobody
   * knows, `STATEMENT_TIMED_OUT` and `LOCK_TIMED_OUT` past the limits of the connection; what the engine refused
   * otherwise is passed on as its own error.
   */
  query<Row extends object>(
    text: string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<QueryResult<Row>>;
}

/** Writes in one statement what was collected in a transaction. */
export type WriteAll<Item> = (tx: PgTransaction, items: readonly Item[]) => Promise<void>;

/** One open PostgreSQL transaction. Statements issued at the same time run one after another. */
export interface PgTransaction extends Transaction, Queryable {
  readonly kind: 'postgres';
  /** The database the transaction is open on. */
  readonly database: Database;
  /** Runs `work` so that its failure undoes its statements alone; the failure is passed on. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Has `items` written just before the commit, by one call of `writeAll` with everything that was collected for it, in
   * order. For rows that nobody reads in this transaction; `writeAll` is told apart by identity.
   */
  collect<Item>(writeAll: WriteAll<Item>, items: readonly Item[]): void;
  /** Writes now what has been collected: for whoever has to know whose write it is that fails. */
  writeCollected(): Promise<void>;
  /** Calls `hook` once the transaction is durable; never when it rolls back. A hook must not fail. */
  afterCommit(hook: () => void): void;
}

/** A subscription that ends with `close`. */
export interface Listening {
  close(): Promise<void>;
}

/** Hears of a notification; one that answers true has dealt with it, so that other processes are not told. */
export type OnNotify = (payload: string) => unknown;

/** A pool of connections to one database, and the two ways of a transaction on it. */
export interface Database extends Queryable {
  /**
   * Runs `work` in a transaction, and again, a few times, when the engine asks for it (serialization failure, deadlock).
   *
   * @remarks `work` must be safe to repeat: no effect outside the transaction but through `afterCommit`.
   * @throws `COMMIT_AMBIGUOUS` when the connection broke during the commit: decide again with the same operation.
   * `TRANSACTION_ABORTED` when `work` swallowed an engine error and went on.
   */
  transaction<T>(work: (tx: PgTransaction) => Promise<T>): Promise<T>;
  /**
   * Carries out one step of `operation`: in its own transaction if it has one, else in a new one that ends with the
   * operation's seal and what was collected.
   */
  atomic<R>(operation: Operation<R>, work: (tx: PgTransaction) => Promise<R>): Promise<R>;
  /**
   * Calls `onNotify` for what {@link Database.notify} says on `channel`, here or in another process.
   *
   * @remarks A hint: it may be lost or repeated, so look for yourself now and then. Called with '' after a connection
   * that was lost is back.
   */
  listen(channel: string, onNotify: OnNotify): Promise<Listening>;
  /** Tells the listeners of `channel`, at once in this process, soon in others; never waits and never fails. */
  notify(channel: string, payload?: string): void;
  /** Resolves when the engine answers. */
  check(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
