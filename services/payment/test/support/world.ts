import { randomUUID } from 'node:crypto';
import { Secret } from '@rideshare/config';
import type { Route } from '@rideshare/contracts';
import { answerRequest } from '@rideshare/http';
import type { ArrivedRequest, Principal } from '@rideshare/http';
import type { StoredResponse } from '@rideshare/kernel';
import { createOperation } from '@rideshare/kernel/system';
import { createMemoryServer } from '@rideshare/memory';
import type { Interference } from '@rideshare/memory';
import { newEvent } from '@rideshare/messaging';
import { createMetrics } from '@rideshare/observability';
import { fakeIds, manualScheduler, silentLogger } from '@rideshare/testing';
import { createMemorySandboxGateway, createMemoryStores, createPaymentParts } from '../../src/parts.ts';
import type { PaymentGateway, PaymentParts, TripState } from '../../src/parts.ts';
import type { tripOf } from './running-payment.ts';

export const WEBHOOK_SECRET = new Secret('the webhook secret of a world');

const CONFIG = {
  operations: {
    callTimeoutMs: 5_000,
    horizonMs: 60_000,
    leaseMs: 15_000,
    queryDelayMaxMs: 15_000,
    intervalMs: 1_000,
    concurrency: 8,
  },
  goalSweep: { intervalMs: 60_000, heldForMs: 300_000 },
  pspKeySecret: new Secret('the key secret of a world'),
  webhookSecret: WEBHOOK_SECRET,
};

/** What is wrong with a process of the world. */
export interface Trouble {
  readonly gateway?: (sandbox: PaymentGateway) => PaymentGateway;
  readonly interfere?: Interference;
}

/** The service and the gateway in one process, in time of their own. */
export function createWorld() {
  const scheduler = manualScheduler();
  const server = createMemoryServer({ clock: scheduler.clock });
  const trips = new Map<string, TripState>();
  const ids = fakeIds();
  return {
    scheduler,
    server,
    trips,
    ids,
    /** Starts a process of the service; what the ones before it have stored is there. */
    start({ gateway, interfere }: Trouble = {}): PaymentParts {
      const database = server.connect(interfere, 'payment');
      const sandbox = createMemorySandboxGateway(server.connect(undefined, 'sandbox'), { scheduler, slowMs: 2_000 });
      return createPaymentParts({
        config: CONFIG,
        stores: (hooks) => createMemoryStores(database, hooks),
        gateway: gateway?.(sandbox) ?? sandbox,
        trips: { stateOf: (tripId) => Promise.resolve(trips.get(tripId) ?? null) },
        clock: scheduler.clock,
        ids,
        scheduler,
        logger: silentLogger,
        metrics: createMetrics({ service: 'payment', version: '0' }),
      });
    },
  };
}

/** Hands events to a process as its consumer would, one after the other. */
export function tellerOf({ subscriptions }: PaymentParts): Parameters<typeof tripOf>[0] {
  return async (definition, sequence, data) => {
    const event = newEvent(definition, { id: randomUUID(), sequence, occurredAt: new Date(), data, source: 'trip' });
    const { envelope } = event;
    const operation = createOperation({ seed: envelope.id, at: new Date(envelope.occurredAt) });
    const subscription = subscriptions.find((each) => each.definition.type === envelope.type);
    await subscription?.handle(envelope, { ...operation, attempt: 1, headers: {} });
  };
}

/** Asks a process what it is asked from outside; `undefined` stands for a service of ours. */
export function callerOf({ endpoints, deps }: PaymentParts) {
  return async (
    route: Route,
    userId: string | undefined,
    request: { readonly params?: object; readonly query?: object; readonly body?: object } & Partial<ArrivedRequest>,
  ): Promise<StoredResponse> => {
    const endpoint = endpoints.find((each) => each.route.id === route.id);
    if (!endpoint) throw new Error(`nobody answers ${route.id}`);
    const principal: Principal =
      userId === undefined
        ? { kind: 'service', service: 'trip' }
        : { kind: 'user', userId, roles: ['rider', 'support'] };
    const context = { requestId: 'request', address: '127.0.0.1', headers: {}, rawBody: Buffer.alloc(0) };
    const arrived = { params: {}, query: {}, body: {}, principal, ...context, ...request };
    const { response } = await answerRequest(endpoint, arrived, {
      environment: 'test',
      clock: deps.clock,
      ids: deps.ids,
      problemAnswer: ({ code }) => ({ status: 0, headers: {}, body: { code } }),
    });
    return response;
  };
}
