import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PgTransaction } from '@rideshare/postgres';
import { createTestDatabase } from '@rideshare/testing';
import type { TestDatabase } from '@rideshare/testing';
import { createProcess, newsOf } from './support/process.ts';
import type { Process } from './support/process.ts';

let testDatabase: TestDatabase;
let process: Process;

beforeAll(async () => {
  testDatabase = await createTestDatabase({
    migrate: { schema: 'payment', dir: path.join(import.meta.dirname, '..', 'migrations') },
  });
  process = createProcess(testDatabase.url);
});

afterAll(async () => {
  await process.close();
  await testDatabase.drop();
});

/** A payment with an operation that has no journal yet. */
async function openOp(): Promise<{ readonly opId: string; readonly paymentId: string }> {
  const riderId = randomUUID();
  const trip = newsOf(process, riderId, await process.addMethod(riderId, 'tok_ok'));
  await trip.requested();
  const { rows } = await process.database.query<{ id: string; payment_id: string }>(
    'select o.id, o.payment_id from payment_ops o join payments p on p.id = o.payment_id where p.trip_id = $1',
    [trip.tripId],
  );
  return { opId: rows[0]?.id ?? '', paymentId: rows[0]?.payment_id ?? '' };
}

type Line = readonly [account: string, amount: number, currency: string];

async function writeJournal(tx: PgTransaction, lines: readonly Line[]) {
  const { opId, paymentId } = await openOp();
  const id = randomUUID();
  await tx.query(`insert into ledger_journals (id, op_id, payment_id, kind) values ($1, $2, $3, 'capture')`, [
    id,
    opId,
    paymentId,
  ]);
  for (const [index, [account, amount, currency]] of lines.entries()) {
    await tx.query('insert into ledger_entries values ($1, $2, $3, $4, $5)', [
      id,
      index + 1,
      account,
      amount,
      currency,
    ]);
  }
  return id;
}

const write = (lines: readonly Line[]) => process.database.transaction((tx) => writeJournal(tx, lines));

const balanced: readonly Line[] = [
  ['a', 100, 'EUR'],
  ['b', -100, 'EUR'],
];

test.each<[string, readonly Line[]]>([
  ['does not sum to zero', [['a', 100, 'EUR'], ['b', -99, 'EUR']]], // prettier-ignore
  ['sums to zero only across currencies', [['a', 100, 'EUR'], ['b', -100, 'USD']]], // prettier-ignore
  ['has no entries', []],
])('a journal that %s, is refused at commit', async (_situation, lines) => {
  await expect(write(lines)).rejects.toMatchObject({ constraint: 'ledger_journals_balance' });
});

test('a journal in two currencies, each summing to zero, is accepted', async () => {
  const lines: Line[] = [...balanced, ['a', 7, 'USD'], ['b', -7, 'USD']];
  await expect(write(lines)).resolves.toEqual(expect.any(String));
});

test('an entry that comes after its journal was committed, is refused', async () => {
  const id = await write(balanced);
  const late = process.database.query(
    `insert into ledger_entries values ($1, 3, 'c', 1, 'EUR'), ($1, 4, 'd', -1, 'EUR')`,
    [id],
  );
  await expect(late).rejects.toThrow('complete');
});

test.each([
  'update ledger_entries set amount = amount + 1',
  'delete from ledger_entries',
  'truncate ledger_entries',
  'update ledger_journals set kind = kind',
  'delete from ledger_journals',
  'truncate ledger_journals cascade',
])('the ledger, on "%s", refuses', async (statement) => {
  await write(balanced);
  await expect(process.database.query(statement)).rejects.toThrow('append-only');
});
