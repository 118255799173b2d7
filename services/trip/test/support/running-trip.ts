import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { driverLocated, driverStatusChanged } from '@rideshare/contracts';
import type { EventData, EventDefinition, Role } from '@rideshare/contracts';
import { createEmbeddedLog, newEvent, publishUnlogged } from '@rideshare/messaging';
import { silentLogger } from '@rideshare/observability';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase, testKeys } from '@rideshare/testing';
import supertest from 'supertest';
import { tripConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';
import type { RiderStandings } from '../../src/usecases/ports.ts';
import { createFakeSlots } from './fake-slots.ts';
import type { FakeSlotChange, FakeSlots } from './fake-slots.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');
const POSITION = { lat: 41.15, lng: -8.612 };

/** Two points of Porto, some three kilometres apart. */
export const RIDE = { pickup: { lat: 41.1496, lng: -8.6109 }, destination: { lat: 41.1621, lng: -8.6473 } };

/** A person with a token. */
export interface Person {
  readonly id: string;
  readonly bearer: string;
}

type Standing = Awaited<ReturnType<RiderStandings['of']>>;

/** The trip service in this process, on a database of its own, beside neighbours that do as they are told. */
export interface RunningTrip {
  readonly database: Database;
  readonly slots: FakeSlots;
  readonly env: Readonly<Record<string, string>>;
  /** What the payment service says about a rider; cash and no debts unless it is set. */
  readonly standings: Map<string, Standing>;
  person(...roles: Role[]): Promise<Person>;
  /** A driver who is available and near {@link RIDE}'s pickup. */
  driver(): Promise<Person>;
  serviceToken(): Promise<string>;
  request(): ReturnType<typeof supertest>;
  publish<Definition extends EventDefinition>(
    definition: Definition,
    data: EventData<Definition>,
    sequence?: number,
  ): Promise<void>;
  /** Starts another process of the service. */
  startAnother(env?: Readonly<Record<string, string>>): Promise<{ url: string; close(): Promise<void> }>;
  /** Nobody waits, rides or drives any more: what follows meets nothing of what was before. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Short bounds, so that tests of what runs out need not wait long. */
const QUICK = { DISPATCH_WINDOW_MS: '25', TRIP_SWEEP_MS: '100' };

export async function startTrip(env: Readonly<Record<string, string>> = {}): Promise<RunningTrip> {
  const testDatabase = await createTestDatabase({ migrate: { schema: 'trip', dir: MIGRATIONS } });
  const database = createDatabase({ url: testDatabase.url, applicationName: 'trip-test' });
  const keys = testKeys();
  const log = createEmbeddedLog({ database, prefix: 'rideshare' });
  const standings = new Map<string, Standing>();
  const variables = {
    ENVIRONMENT: 'test',
    PORT: '0',
    DATABASE_URL: testDatabase.url,
    START_CODE_SECRET: 'the start code secret of these tests',
    QUOTE_SECRET: 'the quote secret of these tests, long',
    ...keys.environment('trip'),
    ...QUICK,
    ...env,
  };
  const publish: RunningTrip['publish'] = async (definition, data, sequence) => {
    const common = { id: randomUUID(), occurredAt: new Date(), source: 'test', data };
    await publishUnlogged({ log, events: [newEvent(definition, sequence ? { ...common, sequence } : common)] });
  };
  const published: Promise<void>[] = [];
  const slots = createFakeSlots({ onChange: (change) => published.push(publish(...statusChanged(change))) });
  const neighbours = {
    slots,
    standings: {
      of: (riderId: string) =>
        Promise.resolve(standings.get(riderId) ?? { owes: false, methodFound: true, paymentMethodId: null }),
    },
  };
  const startAnother: RunningTrip['startAnother'] = (more = {}) =>
    startService(tripConfig.load({ ...variables, ...more }), { logger: silentLogger, neighbours });
  const first = await startAnother();
  const person: RunningTrip['person'] = async (...roles) => {
    const id = randomUUID();
    const token = await keys.issueUserToken({ userId: id, roles: roles.length > 0 ? roles : ['rider'] });
    return { id, bearer: `Bearer ${token}` };
  };
  return {
    database,
    slots,
    env: variables,
    standings,
    person,
    publish,
    startAnother,
    async driver() {
      const driver = await person('rider', 'driver');
      slots.goAvailable(driver.id);
      await publish(driverLocated, {
        driverId: driver.id,
        point: POSITION,
        recordedAt: new Date().toISOString(),
        headingDeg: null,
        speedMps: null,
        state: 'available',
        tripId: null,
        vehicleClass: 'economy',
      });
      return driver;
    },
    serviceToken: async () => `Bearer ${await keys.serviceTokens('driver').issue()}`,
    request: () => supertest(first.url),
    async clear() {
      slots.allOffline();
      await Promise.all(published);
      const admin = await person('admin');
      const { rows } = await database.query<{ id: string }>('select id from trips where due_at is not null');
      for (const { id } of rows) {
        const change = supertest(first.url).put(`/api/trips/${id}/status`).set('Authorization', admin.bearer);
        await change.send({ status: 'cancelled' });
      }
    },
    async close() {
      await first.close();
      await Promise.all(published);
      await database.close();
      await testDatabase.drop();
      keys.dispose();
    },
  };
}

function statusChanged({ driverId, reason, slot, about }: FakeSlotChange) {
  const data = {
    driverId,
    state: slot.state,
    reason: reason as EventData<typeof driverStatusChanged>['reason'],
    epoch: slot.epoch,
    ...about,
    expiresAt: slot.expiresAt,
    offer: null,
    vehicleClass: 'economy' as const,
    position: null,
  };
  return [driverStatusChanged, data, slot.epoch] as const;
}
