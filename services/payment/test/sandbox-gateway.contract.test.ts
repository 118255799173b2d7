import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { systemScheduler } from '@rideshare/kernel/system';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase } from '@rideshare/testing';
import type { TestDatabase } from '@rideshare/testing';
import { createSandboxGateway } from '../src/store/sandbox-gateway.pg.ts';
import { paymentGatewaySuite } from './suites/payment-gateway.suite.ts';

let testDatabase: TestDatabase;
let database: Database;

paymentGatewaySuite('the sandbox gateway', async () => {
  testDatabase = await createTestDatabase({
    migrate: { schema: 'payment', dir: path.join(import.meta.dirname, '..', 'migrations') },
  });
  database = createDatabase({ url: testDatabase.url, applicationName: 'sandbox' });
  return {
    gateway: createSandboxGateway({ database, scheduler: systemScheduler, slowMs: 20 }),
    tokens: {
      works: 'tok_ok',
      refused: 'tok_declined',
      lostBefore: 'tok_timeout_before',
      lostAfter: 'tok_5xx_after',
      unknown: 'tok_nothing',
    },
  };
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

test('the sandbox gateway, started anew, remembers what it did', async () => {
  const before = createSandboxGateway({ database, scheduler: systemScheduler, slowMs: 0 });
  const answer = await before.authorize({ key: 'kept', token: 'tok_slow', amount: { amount: 1, currency: 'EUR' } });
  const after = createSandboxGateway({ database, scheduler: systemScheduler, slowMs: 0 });
  expect(await after.query('kept')).toEqual(answer);
});
