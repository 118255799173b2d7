import { describe, expect, test } from '@jest/globals';
import type { Operation } from '@rideshare/kernel';
import fc from 'fast-check';
import { asMemory, createMemoryServer, defineTable } from './index.ts';
import type { Interference, MemoryDatabase, MemoryStep, TableWriter } from './index.ts';

const accounts = defineTable<{ readonly balance: number }>('accounts');
const journal = defineTable<{ readonly from: string; readonly to: string }>('journal');
const clock = { now: () => new Date('2026-03-01T12:00:00.000Z') };
const connect = (interfere?: Interference) => createMemoryServer({ clock }).connect(interfere);
const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};

describe('a transaction', () => {
  test('sees its own writes, which others see once it has committed', async () => {
    const database = connect();
    const outside: unknown[] = [];
    await database.transaction(async (tx) => {
      tx.put(accounts, 'a', { balance: 1 });
      expect([tx.get(accounts, 'a'), tx.all(accounts)]).toEqual([{ balance: 1 }, [{ balance: 1 }]]);
      outside.push(await database.read((reader) => reader.get(accounts, 'a')));
    });
    outside.push(await database.read((reader) => reader.get(accounts, 'a')));
    expect(outside).toEqual([undefined, { balance: 1 }]);
  });

  test('that fails, leaves nothing but the numbers it took', async () => {
    const database = connect();
    const hooks: string[] = [];
    const failing = database.transaction((tx) => {
      tx.afterCommit(() => hooks.push('called'));
      tx.put(accounts, 'a', { balance: 1 });
      throw new Error(`number ${String(tx.next('numbers'))}`);
    });
    await expect(failing).rejects.toThrow('number 1');
    expect(await database.read((reader) => reader.all(accounts))).toEqual([]);
    expect(await database.transaction((tx) => tx.next('numbers'))).toBe(2);
    expect(hooks).toEqual([]);
  });

  test('whose savepoint fails, keeps what came before and after it', async () => {
    const database = connect();
    await database.transaction(async (tx) => {
      tx.put(accounts, 'before', { balance: 1 });
      const inner = tx.savepoint(() => {
        tx.put(accounts, 'inside', { balance: 2 });
        tx.remove(accounts, 'before');
        return Promise.reject(new Error('no'));
      });
      await expect(inner).rejects.toThrow('no');
      tx.put(accounts, 'after', { balance: 3 });
    });
    expect(await database.read((reader) => reader.all(accounts))).toEqual([{ balance: 1 }, { balance: 3 }]);
  });

  test('accepts no statement once it has ended', async () => {
    const database = connect();
    const tx = await database.transaction((open) => open);
    expect(() => tx.get(accounts, 'a')).toThrow(expect.objectContaining({ code: 'TRANSACTION_ENDED' }));
  });

  test('removes a row once', async () => {
    const database = connect();
    await database.transaction((tx) => {
      tx.put(accounts, 'a', { balance: 1 });
    });
    expect(await database.transaction((tx) => [tx.remove(accounts, 'a'), tx.remove(accounts, 'a')])).toEqual([
      true,
      false,
    ]);
  });

  test('among any others at once, has the effect of one after the other', async () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const transfer = fc.record({ from: name, to: name, amount: fc.integer({ min: 1, max: 9 }), waits: fc.nat(6) });
    await fc.assert(
      fc.asyncProperty(fc.array(transfer, { maxLength: 12 }), async (transfers) => {
        const database = connect();
        await database.transaction((tx) => {
          for (const key of ['a', 'b', 'c']) tx.put(accounts, key, { balance: 10 });
        });
        const moved = await Promise.all(
          transfers.map(({ from, to, amount, waits }, index) =>
            database.transaction(async (tx) => {
              const balance = tx.get(accounts, from)?.balance ?? 0;
              await turns(waits);
              if (balance < amount) return false;
              tx.put(accounts, from, { balance: balance - amount });
              tx.put(accounts, to, { balance: (tx.get(accounts, to)?.balance ?? 0) + amount });
              tx.put(journal, String(index), { from, to });
              return tx.all(journal).length > 0;
            }),
          ),
        );
        const rows = await database.read((reader) => reader.all(accounts).map(({ balance }) => balance));
        expect(rows.reduce((sum, balance) => sum + balance, 0)).toBe(30);
        expect(Math.min(...rows)).toBeGreaterThanOrEqual(0);
        expect(await database.read((reader) => reader.all(journal).length)).toBe(moved.filter(Boolean).length);
      }),
    );
  });

  test('that counts rows while another adds one, is run again', async () => {
    const database = connect();
    const add = (key: string) =>
      database.transaction(async (tx) => {
        const found = tx.all(accounts).length;
        await turns(3);
        if (found === 0) tx.put(accounts, key, { balance: 1 });
      });
    await Promise.all([add('a'), add('b')]);
    expect(await database.read((reader) => reader.all(accounts))).toHaveLength(1);
  });

  test('that counts at its commit, is not disturbed by others that count, and forgets it with its savepoint', async () => {
    const server = createMemoryServer({ clock });
    const bump = (writer: TableWriter) => {
      writer.put(accounts, 'count', { balance: (writer.get(accounts, 'count')?.balance ?? 0) + 1 });
    };
    let runs = 0;
    const count = (database: MemoryDatabase) =>
      database.transaction(async (tx) => {
        runs += 1;
        tx.beforeCommit(bump);
        await tx
          .savepoint(() => {
            tx.beforeCommit(bump);
            return Promise.reject(new Error('no'));
          })
          .catch(() => undefined);
      });
    const slow = server.connect((step) => (step === 'commit' ? turns(50) : Promise.resolve()));
    await Promise.all([count(slow), ...Array.from({ length: 9 }, () => count(server.connect()))]);
    expect(await server.connect().read((reader) => reader.get(accounts, 'count'))).toEqual({ balance: 10 });
    expect(runs).toBe(10);
  });

  test('that fails over what it saw before and after a change of another, is run again', async () => {
    const server = createMemoryServer({ clock });
    const [one, other] = [server.connect(), server.connect()];
    await one.transaction((tx) => {
      tx.put(accounts, 'a', { balance: 1 });
      tx.put(accounts, 'b', { balance: 1 });
    });
    let runs = 0;
    const seen = await one.transaction(async (tx) => {
      runs += 1;
      const before = tx.get(accounts, 'a')?.balance;
      if (runs === 1) {
        await other.transaction((change) => {
          change.put(accounts, 'a', { balance: 2 });
          change.put(accounts, 'b', { balance: 2 });
        });
      }
      if (tx.get(accounts, 'b')?.balance !== before) throw new Error('the two differ');
      return before;
    });
    expect({ runs, seen }).toEqual({ runs: 2, seen: 2 });
  });

  test('that always reads what others always write, gives up and says so', async () => {
    const server = createMemoryServer({ clock });
    const [one, other] = [server.connect(), server.connect()];
    const bump = () =>
      other.transaction((tx) => {
        tx.put(accounts, 'a', { balance: tx.next('balance') });
      });
    const disturbed = one.transaction(async (tx) => {
      tx.get(accounts, 'a');
      await bump();
    });
    await expect(disturbed).rejects.toMatchObject({ code: 'ENGINE_BUSY', retryable: true });
  });
});

describe('interference', () => {
  const failingAt =
    (failing: MemoryStep): Interference =>
    (step) =>
      step === failing ? Promise.reject(new Error('cut')) : Promise.resolve();

  test.each<[MemoryStep, string, boolean]>([
    ['begin', 'cut', false],
    ['commit', 'cut', false],
    ['committed', 'COMMIT_AMBIGUOUS', true],
  ])('that cuts at %s, ends with %s and stored: %p', async (step, failure, stored) => {
    const server = createMemoryServer({ clock });
    const error: unknown = await server
      .connect(failingAt(step))
      .transaction((tx) => {
        tx.put(accounts, 'a', { balance: 1 });
      })
      .catch((thrown: unknown) => thrown);
    expect(step === 'committed' ? error : (error as Error).message).toEqual(
      step === 'committed' ? expect.objectContaining({ code: failure }) : failure,
    );
    expect((await server.connect().read((reader) => reader.get(accounts, 'a'))) !== undefined).toBe(stored);
  });
});

describe('atomic', () => {
  const operationOf = (sealed: unknown[], transaction?: Operation['transaction']): Operation<string> => ({
    at: clock.now(),
    id: (name) => name,
    ...(transaction ? { transaction } : {}),
    seal: (tx, result) => Promise.resolve(void sealed.push([tx.kind, result])),
  });

  test('without a transaction of the operation, opens one and seals in it', async () => {
    const sealed: unknown[] = [];
    expect(await connect().atomic(operationOf(sealed), () => 'done')).toBe('done');
    expect(sealed).toEqual([['memory', 'done']]);
  });

  test('with one, joins it', async () => {
    const database = connect();
    const step = database.transaction(async (tx) => {
      await database.atomic(operationOf([], tx), (own) => {
        own.put(accounts, 'a', { balance: 1 });
        return 'done';
      });
      throw new Error('all of it');
    });
    await expect(step).rejects.toThrow('all of it');
    expect(await database.read((reader) => reader.all(accounts))).toEqual([]);
  });

  test('refuses the transaction of another store', () => {
    expect(() => asMemory({ kind: 'postgres' })).toThrow(expect.objectContaining({ code: 'ASSERTION_FAILED' }));
  });
});

describe('listen', () => {
  test('hears what any connection says on its channel, until it is closed', async () => {
    const server = createMemoryServer({ clock });
    const heard: string[] = [];
    const listening = server.connect().listen('news', (payload) => heard.push(payload));
    const other = server.connect();
    other.notify('news', 'one');
    other.notify('else', 'two');
    other.notify('news');
    await listening.close();
    other.notify('news', 'three');
    expect(heard).toEqual(['one', '']);
  });
});

describe('schemas', () => {
  const common = defineTable<{ readonly balance: number }>('common', { shared: true });

  test('of one server have rows of their own, but for those of shared tables', async () => {
    const server = createMemoryServer({ clock });
    const [one, other] = [server.connect(undefined, 'one'), server.connect(undefined, 'other')];
    await one.transaction((tx) => {
      tx.put(accounts, 'a', { balance: 1 });
      tx.put(common, 'a', { balance: 2 });
    });
    const seen = await other.read((reader) => [...reader.entries(accounts), ...reader.entries(common)]);
    expect([one.schema, other.schema, seen]).toEqual(['one', 'other', [['a', { balance: 2 }]]]);
  });
});
