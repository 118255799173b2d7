import path from 'node:path';
import { Secret } from '@rideshare/config';
import type { IdempotencyStore, Transaction } from '@rideshare/kernel';
import { createIdempotencyStore as createMemoryIdempotencyStore, createMemoryServer } from '@rideshare/memory';
import { waitingEvents } from '@rideshare/messaging';
import { createDatabase, createIdempotencyStore as createPgIdempotencyStore } from '@rideshare/postgres';
import { createTestDatabase, fakeClock } from '@rideshare/testing';
import { createPspKeys } from '../../src/signing.ts';
import { ledgerJournals } from '../../src/store/payment-tables.memory.ts';
import { createMemoryStores } from '../../src/store/stores.memory.ts';
import { createPgStores } from '../../src/store/stores.pg.ts';
import type { StoreHooks, Stores } from '../../src/usecases/ports.ts';

/** A journal as the ledger shows it. */
export interface BookedJournal {
  readonly kind: string;
  readonly lines: readonly { readonly account: string; readonly amount: number }[];
}

/** The stores of one service, and a look behind them. */
export interface StoresHarness {
  readonly stores: Stores;
  /** The same, as another process sees them. */
  readonly others: Stores;
  /** The answers to requests. */
  readonly requests: IdempotencyStore;
  /** How often somebody was told that an operation has become due. */
  dueCalls(): number;
  /** Lets time pass for everything that waits for it. */
  pass(byMs: number): Promise<void>;
  /** Runs `work` in one transaction. */
  transaction(work: (tx: Transaction) => Promise<void>): Promise<void>;
  journals(tripId: string): Promise<readonly BookedJournal[]>;
  /** What others are told of the payment of a trip, in order. */
  events(tripId: string): Promise<readonly { readonly type: string; readonly sequence: number }[]>;
  close(): Promise<void>;
}

export type MakeStores = () => Promise<StoresHarness>;

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');

function countingHooks() {
  let calls = 0;
  const hooks: StoreHooks = {
    pspKeys: createPspKeys(new Secret('the key secret of these tests')),
    trace: () => ({}),
    onDue: () => {
      calls += 1;
    },
  };
  return { hooks, dueCalls: () => calls };
}

const AGE = [
  `update payment_ops set next_at = next_at - $1 * interval '1 millisecond',
     sent_at = sent_at - $1 * interval '1 millisecond', lease_until = lease_until - $1 * interval '1 millisecond',
     recheck_at = recheck_at - $1 * interval '1 millisecond'`,
  `update payments set asked_at = asked_at - $1 * interval '1 millisecond'`,
  `update idempotency_keys set created_at = created_at - $1 * interval '1 millisecond'`,
  `update webhook_events set received_at = received_at - $1 * interval '1 millisecond'`,
];

/** The stores in PostgreSQL; everything in them grows older where time is to pass. */
export async function makePgStores(): Promise<StoresHarness> {
  const testDatabase = await createTestDatabase({ migrate: { schema: 'payment', dir: MIGRATIONS } });
  const [database, other] = [1, 2].map((process) =>
    createDatabase({ url: testDatabase.url, applicationName: `process ${String(process)}` }),
  );
  if (!database || !other) throw new Error('there are two processes');
  const { hooks, dueCalls } = countingHooks();
  return {
    stores: createPgStores(database, hooks),
    others: createPgStores(other, hooks),
    requests: createPgIdempotencyStore(database),
    dueCalls,
    transaction: (work) => database.transaction(work),
    async pass(byMs) {
      for (const statement of AGE) await database.query(statement, [byMs]);
    },
    async journals(tripId) {
      const { rows } = await database.query<BookedJournal>(
        `select j.kind, jsonb_agg(jsonb_build_object('account', e.account, 'amount', e.amount) order by e.line) as lines
         from ledger_journals j join payments p on p.id = j.payment_id join ledger_entries e on e.journal_id = j.id
         where p.trip_id = $1 group by j.id order by j.booked_at`,
        [tripId],
      );
      return rows;
    },
    async events(tripId) {
      const { rows } = await database.query<{ type: string; sequence: number }>(
        `select type, (envelope ->> 'sequence')::int as sequence from outbox where key = $1 order by id`,
        [tripId],
      );
      return rows;
    },
    async close() {
      await Promise.all([database.close(), other.close()]);
      await testDatabase.drop();
    },
  };
}

/** The stores in memory; time is the server's. */
export function makeMemoryStores(): Promise<StoresHarness> {
  const clock = fakeClock(new Date());
  const server = createMemoryServer({ clock });
  const turn = async () => {
    await Promise.resolve();
  };
  const [database, other] = [server.connect(turn), server.connect(turn)];
  const { hooks, dueCalls } = countingHooks();
  return Promise.resolve({
    stores: createMemoryStores(database, hooks),
    others: createMemoryStores(other, hooks),
    requests: createMemoryIdempotencyStore(database),
    dueCalls,
    transaction: (work) => database.transaction(work),
    pass(byMs) {
      clock.advance(byMs);
      return Promise.resolve();
    },
    async journals(tripId) {
      const paymentId = (await this.stores.payments.find({ tripId }))?.id;
      const rows = await database.read((reader) => reader.all(ledgerJournals));
      return rows.filter((row) => row.paymentId === paymentId).map(({ kind, lines }) => ({ kind, lines }));
    },
    async events(tripId) {
      const events = await waitingEvents(database);
      return events.filter(({ key }) => key === tripId).map(({ envelope: { type, sequence } }) => ({ type, sequence }));
    },
    close: () => Promise.resolve(),
  });
}
