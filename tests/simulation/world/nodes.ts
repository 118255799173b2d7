/** How a process of each service is put together in a simulated world: as its service.ts does, on stores in memory. */
import { userRegistered } from '@rideshare/contracts';
import {
  createDriverParts,
  createMemoryStores as createDriverStores,
  createTripsClient,
  driverConfig,
} from '@rideshare/driver/parts';
import { createServiceClient } from '@rideshare/http';
import type { Endpoint, ServiceClient } from '@rideshare/http';
import { createOperation } from '@rideshare/kernel/system';
import { createIdempotencyStore, createLease } from '@rideshare/memory';
import type { MemoryDatabase } from '@rideshare/memory';
import { appendToOutbox, createConsumer, createRelay, createTail, newEvent } from '@rideshare/messaging';
import type { EventLog, Worker } from '@rideshare/messaging';
import {
  createMemoryCourier,
  createMemoryStores as createNotificationStores,
  createNotificationParts,
} from '@rideshare/notification/parts';
import { createMetrics, silentLogger } from '@rideshare/observability';
import {
  createMemorySandboxGateway,
  createMemoryStores as createPaymentStores,
  createPaymentParts,
  createTrips,
  paymentConfig,
} from '@rideshare/payment/parts';
import { testKeys } from '@rideshare/testing/keys';
import {
  bindEndpoints,
  createAdapters,
  createMemoryStores as createTripStores,
  createNeighbours,
  LEAD_TTL_MS,
  startBackground,
  tripConfig,
} from '@rideshare/trip/parts';
import type { SimNetwork } from '../engine/network.ts';
import type { SimProcess } from '../engine/sim-process.ts';
import type { SimService } from '../faults.ts';

/** What a process is put together from. */
export interface Ground {
  readonly process: SimProcess;
  readonly database: MemoryDatabase;
  readonly log: EventLog;
  readonly network: SimNetwork;
  /** The card gateway's own database: it belongs to somebody else. */
  readonly gateway: MemoryDatabase;
  readonly couriers: ReturnType<typeof createCouriers>;
}

const CALL_TIMEOUT_MS = 2_000;
const SECRET = 'a secret of simulated worlds, of no use elsewhere';

function loadConfigs() {
  const keys = testKeys();
  const common = { ENVIRONMENT: 'test', DATABASE_URL: 'postgres://nobody:none@nowhere/none' };
  const configs = {
    trip: tripConfig.load({ ...common, ...keys.environment('trip'), START_CODE_SECRET: SECRET, QUOTE_SECRET: SECRET }),
    driver: driverConfig.load({ ...common, ...keys.environment('driver') }),
    payment: paymentConfig.load({
      ...common,
      ...keys.environment('payment'),
      WEBHOOK_SECRET: SECRET,
      PSP_KEY_SECRET: SECRET,
    }),
  };
  keys.dispose();
  return configs;
}

// the defaults are what is to be shown right; they are read once, since they do not differ from world to world
const configs = loadConfigs();

/** Starts a process of a service: its loops, its consumers, its endpoints. */
export async function startNode(service: SimService, ground: Ground): Promise<void> {
  const { process, network, database } = ground;
  const endpoints = await STARTS[service](ground, common(service, ground));
  if (!process.isAlive) return;
  network.mount(service, {
    process,
    endpoints,
    answers: {
      environment: 'test',
      clock: process.clock,
      ids: process.ids,
      ...(service === 'notification' ? {} : { idempotency: createIdempotencyStore(database) }),
    },
  });
}

type Common = ReturnType<typeof common>;

function common(
  service: SimService | 'user',
  { process, database, log, network }: Omit<Ground, 'gateway' | 'couriers'>,
) {
  const { clock, ids, scheduler, random } = process;
  const transport = network.transportOf(service, process, CALL_TIMEOUT_MS);
  const tokens = { issue: () => Promise.resolve(service) };
  return {
    ...{ clock, ids, scheduler, random, database, log },
    logger: silentLogger,
    metrics: createMetrics({ service, version: '0' }),
    owner: process.name,
    clientOf: (to: string): ServiceClient =>
      createServiceClient({ baseUrl: `http://${to}`, tokens, transport, attempts: 1, ids }),
  };
}

const STARTS: Readonly<Record<SimService, (ground: Ground, parts: Common) => Promise<readonly Endpoint[]>>> = {
  async trip(_ground, parts) {
    const { clock, ids, owner, database, clientOf } = parts;
    const running = {
      ...parts,
      config: configs.trip,
      stores: createTripStores(database, () => undefined),
      leadership: createLease(database, 'dispatch', owner, LEAD_TTL_MS),
      neighbours: createNeighbours({ driver: clientOf('driver'), payment: clientOf('payment') }),
      operations: {
        fresh: <Result>() => createOperation<Result>({ seed: ids.next(), at: clock.now() }),
      },
    };
    const adapters = createAdapters(running);
    await startBackground(running, adapters, () => undefined);
    return bindEndpoints(adapters);
  },

  async driver(_ground, parts) {
    const { clock, ids, database, clientOf } = parts;
    const { endpoints, fill, loops, subscriptions, tail } = createDriverParts({
      ...parts,
      config: configs.driver,
      stores: (onSlotChanged) => createDriverStores(database, onSlotChanged),
      accounts: { grantDriverRole: () => Promise.resolve() },
      trips: createTripsClient(clientOf('trip')),
      begin: () => createOperation({ seed: ids.next(), at: clock.now() }),
      purgeKeys: () => Promise.resolve(),
    });
    await fill();
    await startAll([
      createRelay(parts),
      createTail({ ...parts, ...tail }),
      ...Object.values(loops),
      createConsumer({ ...parts, group: 'driver', mode: 'transactional', subscriptions }),
    ]);
    return endpoints;
  },

  async payment(ground, parts) {
    const { database, scheduler, clientOf } = parts;
    const payment = createPaymentParts({
      ...parts,
      config: configs.payment,
      stores: (hooks) => createPaymentStores(database, hooks),
      gateway: createMemorySandboxGateway(ground.gateway, { scheduler, slowMs: configs.payment.sandboxSlowMs }),
      trips: createTrips(clientOf('trip')),
    });
    const { endpoints, subscriptions } = payment;
    await startAll([createRelay(parts)]);
    payment.startLoops();
    await startAll([createConsumer({ ...parts, group: 'payment', mode: 'transactional', subscriptions })]);
    return endpoints;
  },

  async notification(ground, parts) {
    const { database } = parts;
    const notification = createNotificationParts({
      ...parts,
      stores: (hooks) => createNotificationStores(database, hooks),
      couriers: ground.couriers,
    });
    const { subscriptions } = notification;
    await startAll([createRelay(parts)]);
    notification.startLoops();
    await startAll([createConsumer({ ...parts, group: 'notification', mode: 'transactional', subscriptions })]);
    return notification.endpoints;
  },
};

/** The user service, of which a simulated world has no more than its events: people register before anything goes wrong. */
export async function startAccounts(ground: Omit<Ground, 'gateway' | 'couriers'>) {
  const parts = common('user', ground);
  await createRelay(parts).start();
  return async (userId: string, roles: readonly ('rider' | 'driver' | 'admin')[]): Promise<void> => {
    const { clock, database, ids } = parts;
    const event = newEvent(userRegistered, {
      id: ids.next(),
      sequence: 1,
      occurredAt: clock.now(),
      source: 'user',
      data: {
        ...{ userId, email: `${userId}@simulated.example`, firstName: 'Sim', lastName: 'Ulated', phone: null },
        ...{ roles: [...roles], status: 'active', language: 'en' },
        notifications: { email: true, push: true, sms: true },
      },
    });
    await database.transaction((tx) => {
      appendToOutbox(tx, [event]);
    });
  };
}

/** Ways out of the platform that outlive its processes. */
export function createCouriers() {
  return { email: createMemoryCourier(), sms: createMemoryCourier(), push: createMemoryCourier() };
}

async function startAll(workers: readonly Pick<Worker, 'start'>[]): Promise<void> {
  for (const worker of workers) await worker.start();
}
