import { AppError, isAppError, toError } from '@rideshare/kernel';
import type { Clock, Operation, Transaction } from '@rideshare/kernel';
import { Committed, Draft, Shelves } from './tables.ts';
import type { TableReader, TableWriter } from './tables.ts';

/** One open transaction. It sees its own writes; nobody else does before the commit. */
export interface MemoryTransaction extends Transaction, TableWriter {
  readonly kind: 'memory';
  /** The database the transaction is open on. */
  readonly database: MemoryDatabase;
  /** Runs `work` so that its failure undoes its writes alone; the failure is passed on. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
  /** The next number of a sequence; like that of a real engine, it is not given back by a rollback. */
  next(sequence: string): number;
  /**
   * Has `write` done at the commit itself, when nobody can come between: for what everybody changes (a counter, the end
   * of a log), which to read any earlier would only mean to read it again and again.
   */
  beforeCommit(write: (writer: TableWriter) => void): void;
  /** Calls `hook` once the transaction is committed; never when it is not. A hook must not fail. */
  afterCommit(hook: () => void): void;
}

/** Where a transaction stands when it is interfered with. */
export type MemoryStep = 'begin' | 'commit' | 'committed';

/**
 * What lies between a process and its database. It is awaited at each step of each transaction: it may take its time,
 * never return (a process that is gone), or throw, by which the step fails; at `committed` the change stands all the
 * same and only its answer is lost.
 */
export type Interference = (step: MemoryStep) => Promise<void>;

/** A subscription that ends with `close`. */
export interface MemoryListening {
  close(): Promise<void>;
}

/** One process's connection to a {@link MemoryServer}. */
export interface MemoryDatabase {
  /** Whose rows the connection sees. */
  readonly schema: string;
  /** The server's time: what guards compare deadlines with. */
  now(): Date;
  /**
   * Runs `work` in a transaction; again, as often as needed, when what it has read was changed by another meanwhile, be
   * it that it has ended or failed.
   *
   * @remarks Serialisable. `work` must be safe to repeat: no effect outside the transaction but through `afterCommit`.
   * @throws `COMMIT_AMBIGUOUS` when the answer to the commit was lost: decide again with the same operation.
   */
  transaction<T>(work: (tx: MemoryTransaction) => Promise<T> | T): Promise<T>;
  /** Carries out one step of `operation`: in its own transaction if it has one, else in a new one that ends with its seal. */
  atomic<R>(operation: Operation<R>, work: (tx: MemoryTransaction) => Promise<R> | R): Promise<R>;
  /** Reads what is committed, in one consistent view. */
  read<T>(work: (reader: TableReader) => T): Promise<T>;
  /** Calls `onNotify` for what is said on `channel` by any connection; a hint. */
  listen(channel: string, onNotify: (payload: string) => unknown): MemoryListening;
  notify(channel: string, payload?: string): void;
}

/** A database in memory that outlives the processes that are connected to it. */
export interface MemoryServer {
  /** Connects a process to the rows of a schema; those of a shared table are the same in all of them. */
  connect(interfere?: Interference, schema?: string): MemoryDatabase;
}

// far more than two processes can get into each other's way; past it somebody writes what everybody reads, for ever
const ATTEMPTS_MAX = 1_000;

const nothingInBetween: Interference = () => Promise.resolve();

/**
 * An empty database with the promises of a real one but durability: all or nothing, serialisable, sequences.
 *
 * @remarks Optimistic: a transaction notes what it reads, and its commit, which is one synchronous step, succeeds only if
 * none of it has changed. So nothing waits for anything, and a process that dies in the middle leaves nothing behind.
 */
export function createMemoryServer({ clock }: { readonly clock: Clock }): MemoryServer {
  const shelves = new Shelves();
  const sequences = new Map<string, number>();
  const { notify, listen } = createChannels();

  const next = (sequence: string): number => {
    const value = (sequences.get(sequence) ?? 0) + 1;
    sequences.set(sequence, value);
    return value;
  };

  return {
    connect(interfere = nothingInBetween, schema = 'public') {
      const attempt = async <T>(
        work: (tx: MemoryTransaction) => Promise<T> | T,
      ): Promise<{ result: T } | undefined> => {
        await interfere('begin');
        const draft = new Draft(shelves, schema);
        const { tx, last, hooks, end } = openTransaction(database, draft, next);
        let result: T;
        try {
          result = await work(tx);
        } catch (error) {
          // what it has seen was never there at one time, so its failure says nothing; but who can try again is told
          if (!draft.isCurrent() && !(isAppError(error) && error.retryable)) return undefined;
          throw error;
        } finally {
          end();
        }
        await interfere('commit');
        for (const write of last) write(draft);
        if (!shelves.apply(draft)) return undefined;
        await answer(interfere);
        for (const hook of hooks) hook();
        return { result };
      };
      const committed = new Committed(shelves, schema);
      const database: MemoryDatabase = {
        schema,
        now: () => clock.now(),
        async transaction(work) {
          for (let tries = 0; tries < ATTEMPTS_MAX; tries += 1) {
            const done = await attempt(work);
            if (done) return done.result;
          }
          throw new AppError('ENGINE_BUSY', 'unavailable', 'others kept changing what a transaction read', {
            retryable: true,
          });
        },
        async atomic(operation, work) {
          const step = async (tx: MemoryTransaction) => {
            const result = await work(tx);
            await operation.seal(tx, result);
            return result;
          };
          return operation.transaction ? step(asMemory(operation.transaction)) : database.transaction(step);
        },
        async read(work) {
          await interfere('begin');
          return work(committed);
        },
        listen,
        notify,
      };
      return database;
    },
  };
}

/** Who listens to what, whatever connection they came by. */
function createChannels(): Pick<MemoryDatabase, 'notify' | 'listen'> {
  const listeners = new Map<string, Set<(payload: string) => unknown>>();
  return {
    notify(channel, payload = '') {
      for (const onNotify of listeners.get(channel) ?? []) onNotify(payload);
    },
    listen(channel, onNotify) {
      const heard = listeners.get(channel) ?? new Set();
      listeners.set(channel, heard.add(onNotify));
      return {
        close: () => {
          heard.delete(onNotify);
          return Promise.resolve();
        },
      };
    },
  };
}

async function answer(interfere: Interference): Promise<void> {
  try {
    await interfere('committed');
  } catch (error) {
    throw new AppError('COMMIT_AMBIGUOUS', 'unavailable', 'the answer to a commit was lost', {
      retryable: true,
      cause: toError(error),
    });
  }
}

function openTransaction(database: MemoryDatabase, draft: Draft, next: (sequence: string) => number) {
  const hooks: (() => void)[] = [];
  const last: ((writer: TableWriter) => void)[] = [];
  let ended = false;
  const open = (): Draft => {
    if (ended) throw new AppError('TRANSACTION_ENDED', 'internal', 'a statement came after its transaction');
    return draft;
  };
  const tx: MemoryTransaction = {
    kind: 'memory',
    database,
    get: (table, key) => open().get(table, key),
    all: (table) => open().all(table),
    entries: (table) => open().entries(table),
    put: (table, key, row) => {
      open().put(table, key, row);
    },
    remove: (table, key) => open().remove(table, key),
    async savepoint(work) {
      const undo = open().mark();
      const kept = last.length;
      try {
        return await work();
      } catch (error) {
        undo();
        last.splice(kept);
        throw error;
      }
    },
    next,
    beforeCommit: (write) => {
      open();
      last.push(write);
    },
    afterCommit: (hook) => {
      hooks.push(hook);
    },
  };
  const end = (): void => {
    ended = true;
  };
  return { tx, last, hooks, end };
}

/**
 * The memory transaction behind the kernel's opaque one.
 *
 * @throws `ASSERTION_FAILED` when it is another store's.
 */
export function asMemory(transaction: Transaction): MemoryTransaction {
  if (!isMemory(transaction)) {
    throw new AppError('ASSERTION_FAILED', 'internal', `a ${transaction.kind} transaction reached a store in memory`);
  }
  return transaction;
}

function isMemory(transaction: Transaction): transaction is MemoryTransaction {
  return transaction.kind === 'memory' && 'put' in transaction;
}
