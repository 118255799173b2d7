import { Secret } from '@rideshare/config';
import type { Envelope, EventData, EventDefinition, Role, Route } from '@rideshare/contracts';
import { answerRequest } from '@rideshare/http';
import type { Principal } from '@rideshare/http';
import type { StoredResponse } from '@rideshare/kernel';
import { createOperation } from '@rideshare/kernel/system';
import { createMemoryServer } from '@rideshare/memory';
import type { Interference } from '@rideshare/memory';
import { createConsumer, createMemoryLog, createRelay, createTail, newEvent } from '@rideshare/messaging';
import { createMetrics } from '@rideshare/observability';
import { fakeClock, fakeIds, manualScheduler, silentLogger } from '@rideshare/testing';
import { createDriverParts, createMemoryStores } from '../../src/parts.ts';
import type { DriverParts, Trips } from '../../src/parts.ts';

const CONFIG = {
  documents: { hashKey: new Secret('the hash key of a world'), autoApprove: true, sweepMs: 5_000 },
  slots: { settleMs: 10_000, sweepMs: 5_000, recheckMs: 60_000 },
  locations: { flushMs: 1_000 },
};

/** What is asked of a process. */
export interface Question {
  readonly params?: object;
  readonly query?: object;
  readonly body?: object;
}

/** One process of the service. */
export interface WorldProcess {
  readonly parts: DriverParts;
  /** Asks what is asked from outside; `undefined` stands for a service of ours. */
  call(route: Route, userId: string | undefined, question: Question): Promise<StoredResponse>;
  /** Starts everything that runs by itself. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

/** The service, its engines and its neighbours, in time of their own. */
export function createWorld(startsAt?: string) {
  const scheduler = manualScheduler(fakeClock(startsAt));
  const { clock } = scheduler;
  const server = createMemoryServer({ clock });
  const ids = fakeIds();
  const granted: string[] = [];
  const trips: Trips & { -readonly [Name in keyof Trips]: Trips[Name] } = {
    assign: () => Promise.resolve('held'),
    standing: () => Promise.resolve('active'),
  };
  const outside = createMemoryLog({ database: server.connect(undefined, 'outside') });

  function start(interfere?: Interference): WorldProcess {
    const database = server.connect(interfere, 'driver');
    const log = createMemoryLog({ database });
    const metrics = createMetrics({ service: 'driver', version: '0' });
    const common = { log, database, clock, ids, scheduler, metrics, logger: silentLogger };
    const parts = createDriverParts({
      ...common,
      config: CONFIG,
      stores: (onSlotChanged) => createMemoryStores(database, onSlotChanged),
      accounts: { grantDriverRole: (userId) => Promise.resolve(void granted.push(userId)) },
      trips: { assign: (assignment) => trips.assign(assignment), standing: (tripId) => trips.standing(tripId) },
      begin: () => createOperation({ seed: ids.next(), at: clock.now() }),
      purgeKeys: () => Promise.resolve(),
    });
    const messaging = { ...common, owner: ids.next() };
    const { subscriptions } = parts;
    const workers = [
      createRelay(messaging),
      createTail({ ...messaging, ...parts.tail }),
      ...Object.values(parts.loops),
      createConsumer({ ...messaging, group: 'driver', mode: 'transactional', subscriptions }),
    ];
    return {
      parts,
      async call(route, userId, question) {
        const endpoint = parts.endpoints.find((each) => each.route === route);
        if (!endpoint) throw new Error(`nobody answers ${route.id}`);
        const roles: Role[] = ['rider', 'driver'];
        const principal: Principal =
          userId === undefined ? { kind: 'service', service: 'trip' } : { kind: 'user', userId, roles };
        const context = { requestId: 'request', address: '127.0.0.1', headers: {}, rawBody: Buffer.alloc(0) };
        const { response } = await answerRequest(
          endpoint,
          { params: {}, query: {}, body: {}, principal, ...context, ...question },
          {
            ...{ clock, ids, environment: 'test' },
            problemAnswer: ({ code }) => ({ status: 0, headers: {}, body: { code } }),
          },
        );
        return response;
      },
      async run() {
        await parts.fill();
        for (const worker of workers) await worker.start();
      },
      async stop() {
        await Promise.all(workers.map((worker) => worker.stop()));
      },
    };
  }

  return {
    scheduler,
    server,
    ids,
    granted,
    trips,
    start,
    /** Publishes an event of another service. */
    async publish<Definition extends EventDefinition>(
      definition: Definition,
      data: EventData<Definition>,
      sequence: number,
    ): Promise<void> {
      const fields = { id: ids.next(), data, sequence, occurredAt: clock.now(), source: 'outside' };
      const { topic, key, envelope } = newEvent(definition, fields);
      await outside.publish([{ topic, key, envelope, headers: {} }]);
    },
    /** Everything that the service has published. */
    async published(): Promise<Envelope[]> {
      const tail = await outside.tail({ topics: ['driver.events', 'driver.locations'], fromAgeMs: 1e9 });
      const { records } = await tail.fetch(10_000);
      return records.map(({ envelope }) => envelope as Envelope);
    },
  };
}
