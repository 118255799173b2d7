import path from 'node:path';
import type { Operation, Transaction } from '@rideshare/kernel';
import { createOperation, systemIds } from '@rideshare/kernel/system';
import { createMemoryServer } from '@rideshare/memory';
import { waitingEvents } from '@rideshare/messaging';
import { createDatabase } from '@rideshare/postgres';
import { createTestDatabase, fakeClock } from '@rideshare/testing';
import type { Contact } from '../../src/domain/contact.ts';
import { createMemoryStores } from '../../src/store/stores.memory.ts';
import { createPgStores } from '../../src/store/stores.pg.ts';
import type { Stores } from '../../src/usecases/ports.ts';

/** The stores of one service, and a look behind them. */
export interface StoresHarness {
  readonly stores: Stores;
  /** The same, as another process sees them. */
  readonly others: Stores;
  now(): Date;
  /** How often somebody was told that messages wait. */
  pendingCalls(): number;
  /** Lets time pass for everything that waits for it. */
  pass(byMs: number): Promise<void>;
  /** Runs `work` in one transaction. */
  transaction(work: (tx: Transaction) => Promise<void>): Promise<void>;
  /** The ids of the messages that others have been told of. */
  told(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export type MakeStores = () => Promise<StoresHarness>;

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');

function countingHooks() {
  let calls = 0;
  return {
    hooks: {
      onPending: () => {
        calls += 1;
      },
    },
    pendingCalls: () => calls,
  };
}

/** The stores in PostgreSQL; everything in them grows older where time is to pass. */
export async function makePgStores(): Promise<StoresHarness> {
  const testDatabase = await createTestDatabase({ migrate: { schema: 'notification', dir: MIGRATIONS } });
  const connect = (applicationName: string) => createDatabase({ url: testDatabase.url, applicationName });
  const [database, other] = [connect('one process'), connect('another process')];
  const { hooks, pendingCalls } = countingHooks();
  return {
    stores: createPgStores(database, hooks),
    others: createPgStores(other, hooks),
    now: () => new Date(),
    pendingCalls,
    transaction: (work) => database.transaction(work),
    async pass(byMs) {
      await database.query(`update messages set next_at = next_at - $1 * interval '1 millisecond'`, [byMs]);
    },
    async told() {
      const { rows } = await database.query<{ id: string }>(
        `select envelope -> 'data' ->> 'messageId' as id from outbox where type = 'notification.sent' order by id`,
      );
      return rows.map(({ id }) => id);
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
  const { hooks, pendingCalls } = countingHooks();
  return Promise.resolve({
    stores: createMemoryStores(database, hooks),
    others: createMemoryStores(other, hooks),
    now: () => clock.now(),
    pendingCalls,
    transaction: (work) => database.transaction(work),
    pass(byMs) {
      clock.advance(byMs);
      return Promise.resolve();
    },
    async told() {
      const events = await waitingEvents(database);
      return events.map(({ envelope }) => (envelope.data as { readonly messageId: string }).messageId);
    },
    close: () => Promise.resolve(),
  });
}

/** A step of its own, unless something is said about it. */
export function step(change: Partial<Operation<undefined>> = {}): Operation<undefined> {
  return { ...createOperation<undefined>({ seed: systemIds.next(), at: new Date() }), ...change };
}

/** A person that nobody has heard of. */
export function somebody(change: Partial<Contact> = {}): Contact {
  return {
    userId: systemIds.next(),
    email: 'ana@example.org',
    firstName: 'Ana',
    phone: '+351912345678',
    language: 'pt',
    wants: { email: true, sms: false, push: true },
    active: true,
    version: 1,
    ...change,
  };
}
