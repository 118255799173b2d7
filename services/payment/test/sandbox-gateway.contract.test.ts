import path from 'node:path';
import { createMemoryServer } from '@rideshare/memory';
import { createDatabase } from '@rideshare/postgres';
import { createTestDatabase, fakeClock } from '@rideshare/testing';
import { createMemorySandboxGateway } from '../src/store/sandbox-gateway.memory.ts';
import { createPgSandboxGateway } from '../src/store/sandbox-gateway.pg.ts';
import { paymentGatewaySuite } from './suites/payment-gateway.suite.ts';
import type { GatewayHarness } from './suites/payment-gateway.suite.ts';

const tokens: GatewayHarness['tokens'] = {
  works: 'tok_ok',
  refused: 'tok_declined',
  lostBefore: 'tok_timeout_before',
  lostAfter: 'tok_5xx_after',
  slow: 'tok_slow',
  unknown: 'tok_nothing',
};

const SLOW_MS = 2_000;

/** Notes how long the gateway takes instead of taking it. */
function noting() {
  const sleptMs: number[] = [];
  const sleep = (delayMs: number) => Promise.resolve(void sleptMs.push(delayMs));
  return { sleptMs, options: { scheduler: { sleep }, slowMs: SLOW_MS } };
}

paymentGatewaySuite('the sandbox gateway in PostgreSQL', async () => {
  const testDatabase = await createTestDatabase({
    migrate: { schema: 'payment', dir: path.join(import.meta.dirname, '..', 'migrations') },
  });
  const database = createDatabase({ url: testDatabase.url, applicationName: 'sandbox' });
  const { sleptMs, options } = noting();
  return {
    gateway: createPgSandboxGateway(database, options),
    anew: () => createPgSandboxGateway(database, options),
    tokens,
    sleptMs,
    async close() {
      await database.close();
      await testDatabase.drop();
    },
  };
});

paymentGatewaySuite('the sandbox gateway in memory', () => {
  const server = createMemoryServer({ clock: fakeClock() });
  const { sleptMs, options } = noting();
  const anew = () => createMemorySandboxGateway(server.connect(), options);
  return Promise.resolve({ gateway: anew(), anew, tokens, sleptMs, close: () => Promise.resolve() });
});
