import { randomUUID } from 'node:crypto';
import type { Scheduler } from '@rideshare/kernel';
import { systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createMetrics } from '@rideshare/observability';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { silentLogger, testKeys } from '@rideshare/testing';
import { createPaymentParts } from '../../src/composition.ts';
import { paymentConfig } from '../../src/config.ts';
import { createPgSandboxGateway } from '../../src/store/sandbox-gateway.pg.ts';
import { createPgStores } from '../../src/store/stores.pg.ts';
import type { PaymentGateway, PaymentStore, TripState } from '../../src/usecases/ports.ts';
import { runOperation } from '../../src/usecases/run-operation.ts';
import { actsOn } from './acts.ts';

const never = new Promise<never>(() => undefined);

/** What a process may be made to do wrong. */
export interface Faults {
  readonly gateway?: (sandbox: PaymentGateway) => PaymentGateway;
  readonly payments?: (store: PaymentStore) => PaymentStore;
  readonly scheduler?: Scheduler;
  readonly env?: Readonly<Record<string, string>>;
}

/** The parts of the service without its loops: every step is the test's to take. */
export function createProcess(url: string, faults: Faults = {}) {
  const keys = testKeys();
  const config = paymentConfig.load({
    ENVIRONMENT: 'test',
    DATABASE_URL: url,
    WEBHOOK_SECRET: 'the webhook secret of these tests',
    PSP_KEY_SECRET: 'the key secret of these tests',
    PSP_TIMEOUT_MS: '150',
    OPERATION_LEASE_MS: '400',
    QUERY_DELAY_MAX_MS: '20',
    SANDBOX_SLOW_MS: '10',
    ...keys.environment('payment'),
    ...faults.env,
  });
  keys.dispose();
  const database: Database = createDatabase({ url, applicationName: 'process' });
  const trips = new Map<string, TripState>();
  const scheduler = faults.scheduler ?? systemScheduler;
  const sandbox = createPgSandboxGateway(database, { scheduler, slowMs: config.sandboxSlowMs });
  const { deps } = createPaymentParts({
    config,
    clock: systemClock,
    ids: systemIds,
    scheduler,
    logger: silentLogger,
    metrics: createMetrics({ service: 'payment', version: '0.0.0' }),
    stores: (hooks) => {
      const stores = createPgStores(database, hooks);
      return { ...stores, payments: faults.payments?.(stores.payments) ?? stores.payments };
    },
    gateway: faults.gateway?.(sandbox) ?? sandbox,
    trips: { stateOf: async (tripId) => trips.get(tripId) ?? null },
  });
  const { leaseMs } = deps.limits;
  const process = {
    database,
    deps,
    trips,
    /** Takes up what is due now, and waits until it is done. */
    async step(paymentId?: string): Promise<number> {
      const leasedAt = deps.clock.now();
      const leased = await deps.operations.lease({ limit: 10, leaseMs, ...(paymentId ? { paymentId } : {}) });
      await Promise.all(leased.map((op) => runOperation(deps, op, leasedAt)));
      return leased.length;
    },
    /** Goes on until no operation is left to be carried out, of any payment or of that one, whose delays do not count. */
    async drive(paymentId?: string): Promise<void> {
      for (;;) {
        await process.step(paymentId);
        const open = await database.query(
          `select from payment_ops where state in ('planned', 'sent', 'unknown') and ($1::uuid is null or payment_id = $1)
           limit 1`,
          [paymentId ?? null],
        );
        if (open.rowCount === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    addMethod: (riderId: string, token: string) => actsOn(deps).method(riderId, token),
    close: () => database.close(),
  };
  return process;
}

export type Process = ReturnType<typeof createProcess>;

/** A trip whose news a process is given directly. */
export function newsOf(process: Process, riderId: string, methodId: string | null) {
  return actsOn(process.deps).news({ tripId: randomUUID(), riderId, methodId, driverId: randomUUID() });
}

/** Where a process dies, and a promise that it has got there. */
export function deathAt(point: CrashPoint): { readonly faults: Faults; readonly reached: Promise<void> } {
  let arrive = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const die = (): Promise<never> => {
    arrive();
    return never;
  };
  const calls = ['authorize', 'increment', 'capture', 'void', 'refund'] as const;
  const wrap =
    (call: (request: never, inner: (request: never) => Promise<unknown>) => Promise<unknown>) =>
    (sandbox: PaymentGateway): PaymentGateway => ({
      ...sandbox,
      ...Object.fromEntries(
        calls.map((name) => [name, (request: never) => call(request, (each) => sandbox[name](each))]),
      ),
    });
  // a dead process keeps no time either
  const scheduler: Scheduler = { ...systemScheduler, sleep: () => never };
  switch (point) {
    case 'before the call':
      return { reached, faults: { scheduler, gateway: wrap(() => die()) } };
    case 'after the call':
      return {
        reached,
        faults: {
          scheduler,
          gateway: wrap(async (request, inner) => {
            await inner(request);
            return die();
          }),
        },
      };
    case 'before the booking':
      return { reached, faults: { scheduler, payments: (store) => ({ ...store, change: () => die() }) } };
    case 'before the commit':
      return {
        reached,
        faults: {
          scheduler,
          payments: (store) => ({
            ...store,
            change: async (operation, key, decide) => {
              const undone = store.change(operation, key, (found, context) => {
                decide(found, context);
                throw new Error('the process is gone');
              });
              await undone.catch(() => undefined);
              return die();
            },
          }),
        },
      };
    case 'after the commit':
      return {
        reached,
        faults: {
          scheduler,
          payments: (store) => ({
            ...store,
            change: async (operation, key, decide) => {
              await store.change(operation, key, decide);
              return die();
            },
          }),
        },
      };
  }
}

export const crashPoints = [
  'before the call',
  'after the call',
  'before the booking',
  'before the commit',
  'after the commit',
] as const;

export type CrashPoint = (typeof crashPoints)[number];
