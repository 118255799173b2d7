import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { createOperation } from '@rideshare/kernel/system';
import { asPg, isSerializationFailure, isUniqueViolation } from '../src/index.ts';
import type { PgTransaction, WriteAll } from '../src/index.ts';
import { openDatabase } from './open-database.ts';
import type { OpenDatabase } from './open-database.ts';

let open: OpenDatabase;
beforeAll(async () => {
  open = await openDatabase();
  await open.database.query('create table marks (id int primary key, note text)');
});
afterAll(() => open.close());
beforeEach(async () => {
  await open.database.query('truncate marks');
});

async function marks(): Promise<number[]> {
  const { rows } = await open.database.query<{ id: number }>('select id from marks order by id');
  return rows.map(({ id }) => id);
}

const mark = (tx: PgTransaction, id: number) => tx.query('insert into marks (id) values ($1)', [id]);

/** Ends the server's side of the transaction's connection, as a crash of the server would. */
async function cut(tx: PgTransaction): Promise<void> {
  const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
  await open.another().query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
}

describe('transaction', () => {
  it('commits what its work did, and returns the result', async () => {
    const result = await open.database.transaction(async (tx) => {
      await mark(tx, 1);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await marks()).toEqual([1]);
  });

  it('rolls back when its work fails, and passes the failure on', async () => {
    const failure = new AppError('REFUSED', 'conflict', 'no');
    const work = open.database.transaction(async (tx) => {
      await mark(tx, 1);
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(await marks()).toEqual([]);
  });

  it('runs hooks after the commit only, and none after a rollback', async () => {
    const heard: string[] = [];
    await open.database.transaction(async (tx) => {
      tx.afterCommit(() => heard.push('first'));
      await mark(tx, 1);
      heard.push('worked');
    });
    await open.database
      .transaction(async (tx) => {
        tx.afterCommit(() => heard.push('never'));
        await tx.query('select 1 / 0');
      })
      .catch(() => undefined);
    expect(heard).toEqual(['worked', 'first']);
  });

  it('with a hook that fails, has happened all the same', async () => {
    await open.database.transaction(async (tx) => {
      tx.afterCommit(() => {
        throw new Error('hook');
      });
      await mark(tx, 1);
    });
    expect(await marks()).toEqual([1]);
  });

  it('whose work swallowed an engine error is refused, since nothing of it was kept', async () => {
    const work = open.database.transaction(async (tx) => {
      await mark(tx, 1);
      await tx.query('select 1 / 0').catch(() => undefined);
    });
    await expect(work).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(await marks()).toEqual([]);
  });

  it('used after its end, refuses', async () => {
    const kept = await open.database.transaction((tx) => Promise.resolve(tx));
    await expect(kept.query('select 1')).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
  });

  it('with statements issued at the same time, runs them one after another', async () => {
    await open.database.transaction(async (tx) => {
      await Promise.all([1, 2, 3].map((id) => mark(tx, id)));
    });
    expect(await marks()).toEqual([1, 2, 3]);
  });

  it('in a deadlock with another, is run again, and both have their effect', async () => {
    await open.database.query("insert into marks values (1, ''), (2, '')");
    let attempts = 0;
    const waiting: (() => void)[] = [];
    const bothHoldOne = () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length >= 2) for (const each of waiting) each();
      });
    const touch = async (first: number, second: number) =>
      open.database.transaction(async (tx) => {
        attempts += 1;
        await tx.query("update marks set note = note || 'x' where id = $1", [first]);
        await bothHoldOne();
        await tx.query("update marks set note = note || 'x' where id = $1", [second]);
      });
    await Promise.all([touch(1, 2), touch(2, 1)]);
    expect(attempts).toBe(3);
    const { rows } = await open.database.query('select note from marks');
    expect(rows).toEqual([{ note: 'xx' }, { note: 'xx' }]);
  });

  it('that fails to serialize again and again gives up with the engine’s error', async () => {
    let attempts = 0;
    const work = open.database.transaction(async (tx) => {
      attempts += 1;
      await tx.query("do $$ begin raise exception 'again' using errcode = '40001'; end $$");
    });
    expect(isSerializationFailure(await work.catch((error: unknown) => error))).toBe(true);
    expect(attempts).toBe(5);
  });
});

describe('savepoint', () => {
  it('undoes its own statements when they fail, and lets the transaction go on', async () => {
    await open.database.transaction(async (tx) => {
      await mark(tx, 1);
      const inner = tx.savepoint(async () => {
        await mark(tx, 2);
        await tx.savepoint(() => mark(tx, 3));
        await mark(tx, 1);
      });
      expect(isUniqueViolation(await inner.catch((error: unknown) => error), 'marks_pkey')).toBe(true);
      await mark(tx, 4);
    });
    expect(await marks()).toEqual([1, 4]);
  });
});

describe('collected items', () => {
  const written: (readonly number[])[] = [];
  const writeAll: WriteAll<number> = async (tx, items) => {
    written.push([...items]);
    for (const item of items) await mark(tx, item);
  };
  beforeEach(() => {
    written.length = 0;
  });

  it('are written before the commit, in order, by one call for each who writes', async () => {
    const later: WriteAll<number> = (tx, items) => {
      tx.collect(writeAll, items);
      return Promise.resolve();
    };
    await open.database.transaction(async (tx) => {
      tx.collect(writeAll, [2, 1]);
      tx.collect(writeAll, []);
      tx.collect(later, [5]);
      await mark(tx, 4);
      tx.collect(writeAll, [3]);
      expect(written).toEqual([]);
    });
    // what is collected while others are written follows
    expect(written).toEqual([[2, 1, 3], [5]]);
    expect(await marks()).toEqual([1, 2, 3, 4, 5]);
  });

  it('fail their transaction when they cannot be written, and are gone with it', async () => {
    const work = open.database.transaction(async (tx) => {
      await mark(tx, 1);
      tx.collect(writeAll, [2, 1]);
    });
    expect(isUniqueViolation(await work.catch((error: unknown) => error), 'marks_pkey')).toBe(true);
    expect(await marks()).toEqual([]);
  });

  it('of a savepoint that is undone are forgotten, and no others', async () => {
    await open.database.transaction(async (tx) => {
      tx.collect(writeAll, [1]);
      const inner = tx.savepoint(async () => {
        tx.collect(writeAll, [2]);
        await Promise.reject(new Error('undone'));
      });
      await expect(inner).rejects.toThrow('undone');
      tx.collect(writeAll, [3]);
    });
    expect(await marks()).toEqual([1, 3]);
  });

  it('that come when everything has been written, are refused and not forgotten in silence', async () => {
    const refusals: unknown[] = [];
    const collectLate = (tx: PgTransaction) => {
      try {
        tx.collect(writeAll, [2]);
      } catch (error) {
        refusals.push(error);
      }
    };
    const ended = await open.database.transaction((tx) => {
      tx.collect(writeAll, [1]);
      tx.afterCommit(() => {
        collectLate(tx);
      });
      return Promise.resolve(tx);
    });
    collectLate(ended);
    const refusal = expect.objectContaining({ code: 'TRANSACTION_ENDED' });
    expect({ refusals, marks: await marks() }).toEqual({ refusals: [refusal, refusal], marks: [1] });
  });
});

describe('a lost connection', () => {
  it('before the commit means that nothing happened', async () => {
    const work = open.database.transaction(async (tx) => {
      await mark(tx, 1);
      await cut(tx);
      await mark(tx, 2);
    });
    await expect(work).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE', retryable: true });
    expect(await marks()).toEqual([]);
  });

  it('during the commit is ambiguous', async () => {
    const work = open.database.transaction(async (tx) => {
      await mark(tx, 1);
      await cut(tx);
    });
    await expect(work).rejects.toMatchObject({ code: 'COMMIT_AMBIGUOUS', kind: 'unavailable', retryable: true });
  });

  it('under a single write is ambiguous, under a read it is not', async () => {
    const killer = open.another();
    const killWhen = async (like: string) => {
      for (let killed = 0; killed === 0;) {
        const { rowCount } = await killer.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where query like $1 and pid <> pg_backend_pid()',
          [like],
        );
        killed = rowCount;
      }
    };
    const write = open.another().query('insert into marks select 1 from pg_sleep(20) -- write');
    await Promise.all([
      expect(write).rejects.toMatchObject({ code: 'COMMIT_AMBIGUOUS' }),
      killWhen('insert into marks%-- write'),
    ]);
    const read = open.another().query('select pg_sleep(20) -- read');
    await Promise.all([
      expect(read).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' }),
      killWhen('select pg_sleep%-- read'),
    ]);
  });
});

describe('atomic', () => {
  it('with an operation of its own, seals in the transaction of the effect', async () => {
    const sealed: unknown[] = [];
    const operation = createOperation<string>(
      { seed: 's', at: new Date() },
      {
        seal: async (transaction, result) => {
          sealed.push(result);
          await mark(asPg(transaction), 2);
        },
      },
    );
    const result = await open.database.atomic(operation, async (tx) => {
      await mark(tx, 1);
      return 'effect';
    });
    expect([result, sealed, await marks()]).toEqual(['effect', ['effect'], [1, 2]]);
  });

  it('whose seal is refused has had no effect', async () => {
    const operation = createOperation(
      { seed: 's', at: new Date() },
      { seal: () => Promise.reject(new AppError('OPERATION_TAKEN_OVER', 'conflict', 'taken over')) },
    );
    await expect(open.database.atomic(operation, (tx) => mark(tx, 1))).rejects.toMatchObject({
      code: 'OPERATION_TAKEN_OVER',
    });
    expect(await marks()).toEqual([]);
  });

  it('with an operation that has a transaction, joins it', async () => {
    const work = open.database.transaction(async (transaction) => {
      const operation = createOperation({ seed: 's', at: new Date() }, { transaction });
      await open.database.atomic(operation, (tx) => mark(tx, 1));
      throw new Error('later');
    });
    await expect(work).rejects.toThrow('later');
    expect(await marks()).toEqual([]);
  });

  it('with another store’s transaction, is a defect', () => {
    expect(() => asPg({ kind: 'cassandra' })).toThrow('cassandra');
  });
});
