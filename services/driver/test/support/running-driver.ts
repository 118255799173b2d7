import type { EventData, EventDefinition, Role } from '@rideshare/contracts';
import { systemIds } from '@rideshare/kernel/system';
import { createEmbeddedLog, newEvent } from '@rideshare/messaging';
import type { EventLog } from '@rideshare/messaging';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase, silentLogger, testKeys } from '@rideshare/testing';
import type { TestKeys } from '@rideshare/testing';
import supertest from 'supertest';
import { driverConfig } from '../../src/config.ts';
import { MANDATORY_DOCUMENTS } from '../../src/domain/documents.ts';
import { startService } from '../../src/service.ts';
import type { Overrides } from '../../src/service.ts';
import type { Assignment } from '../../src/usecases/ports.ts';
import { VEHICLE } from './builders.ts';
import { MIGRATIONS } from './store-harness.ts';

export const CENTRE = { lat: 41.1496, lng: -8.611 };

/** Somebody with a token. */
export interface Person {
  readonly id: string;
  readonly token: string;
}

/** What the other services answer. */
export interface FakeNeighbours {
  /** Called in place of the grant. */
  grant: (userId: string) => Promise<void>;
  assign: (assignment: Assignment) => Promise<'held' | 'refused'>;
  standing: (tripId: string) => Promise<'active' | 'ended' | 'unknown'>;
}

/** The driver service in this process, on a database of its own. */
export interface RunningDriver {
  readonly url: string;
  readonly request: ReturnType<typeof supertest>;
  readonly database: Database;
  readonly log: EventLog;
  readonly neighbours: FakeNeighbours;
  readonly env: Readonly<Record<string, string>>;
  person(...roles: Role[]): Promise<Person>;
  serviceToken(): Promise<string>;
  registered(vehicleClass?: string): Promise<Person>;
  verified(vehicleClass?: string): Promise<Person>;
  available(at?: { lat: number; lng: number }, vehicleClass?: string): Promise<Person>;
  submit(driver: Person, document: Record<string, unknown>): supertest.Test;
  review(
    documentId: string,
    driverId: string,
    decision: 'approve' | 'reject',
    reason?: string,
  ): Promise<supertest.Response>;
  report(driver: Person, points: readonly Record<string, unknown>[]): supertest.Test;
  setStatus(driver: Person, status: 'available' | 'offline'): supertest.Test;
  reserve(...offers: Record<string, unknown>[]): Promise<Record<string, unknown>[]>;
  confirm(offer: { driverId: string; tripId: string; offerId: string }): Promise<Record<string, unknown>>;
  /** Publishes an event of another service, as its relay would. */
  publish<Definition extends EventDefinition>(
    definition: Definition,
    data: EventData<Definition>,
    sequence: number,
  ): Promise<void>;
  /** A second instance on the same database. */
  another(): Promise<{ readonly url: string; close(): Promise<void> }>;
  close(): Promise<void>;
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** Resolves once `check` does not throw; a test that waits in vain ends with its last complaint. */
export async function eventually<T>(check: () => Promise<T>, withinMs = 10_000): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function internalCalls(request: () => ReturnType<typeof supertest>, keys: TestKeys) {
  const tokens = keys.serviceTokens('trip');
  const call = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await request()
      .post(path)
      .set(bearer(await tokens.issue()))
      .send(body)
      .expect(200);
    return answer.body as Record<string, unknown>;
  };
  return {
    serviceToken: () => tokens.issue(),
    async reserve(...offers: Record<string, unknown>[]) {
      const { verdicts } = await call('/internal/slots/reserve', { offers });
      return verdicts as Record<string, unknown>[];
    },
    confirm: ({ driverId, tripId, offerId }: { driverId: string; tripId: string; offerId: string }) =>
      call('/internal/slots/confirm', { driverId, tripId, offerId }),
  };
}

function onboarding(request: () => ReturnType<typeof supertest>, admin: Person, person: RunningDriver['person']) {
  const submit: RunningDriver['submit'] = (driver, document) =>
    request().post(`/api/drivers/${driver.id}/documents`).set(bearer(driver.token)).send(document);
  const review: RunningDriver['review'] = async (documentId, driverId, decision, reason) =>
    request()
      .put(`/api/drivers/${driverId}/documents/${documentId}/review`)
      .set(bearer(admin.token))
      .send({ decision, ...(reason === undefined ? {} : { reason }) });
  const registered: RunningDriver['registered'] = async (vehicleClass = 'economy') => {
    const driver = await person('rider', 'driver');
    const body = { licenseNumber: 'P-12345678', vehicle: { ...VEHICLE, class: vehicleClass } };
    await request().post('/api/drivers').set(bearer(driver.token)).send(body).expect(201);
    return driver;
  };
  const verified: RunningDriver['verified'] = async (vehicleClass) => {
    const driver = await registered(vehicleClass);
    for (const type of MANDATORY_DOCUMENTS) {
      const answer = await submit(driver, { type, number: 'AB 123-456', expiresOn: '2099-12-31' }).expect(201);
      expectStatus(await review(answer.body.id as string, driver.id, 'approve'), 200);
    }
    return driver;
  };
  return { submit, review, registered, verified };
}

function expectStatus(answer: supertest.Response, status: number): void {
  if (answer.status !== status) throw new Error(`${String(answer.status)}: ${JSON.stringify(answer.body)}`);
}

export async function startDriver(
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<RunningDriver> {
  const test = await createTestDatabase({ migrate: { schema: 'driver', dir: MIGRATIONS } });
  const keys = testKeys();
  const env = {
    ENVIRONMENT: 'test',
    PORT: '0',
    DATABASE_URL: test.url,
    DOCUMENT_HASH_KEY: 'the hash key of these tests, long enough',
    SLOT_SWEEP_MS: '100',
    DOCUMENT_SWEEP_MS: '100',
    LOCATION_FLUSH_MS: '20',
    ...keys.environment('driver'),
    ...options.env,
  };
  const database = createDatabase({ url: test.url, applicationName: 'driver-test' });
  const log = createEmbeddedLog({ database, prefix: 'rideshare' });
  const neighbours: FakeNeighbours = {
    grant: () => Promise.resolve(),
    assign: () => Promise.resolve('held'),
    standing: () => Promise.resolve('active'),
  };
  const overrides: Partial<Overrides> = {
    logger: silentLogger,
    accounts: { grantDriverRole: (userId) => neighbours.grant(userId) },
    trips: { assign: (assignment) => neighbours.assign(assignment), standing: (tripId) => neighbours.standing(tripId) },
  };
  const service = await startService(driverConfig.load(env), overrides);
  const request = () => supertest(service.url);
  const person: RunningDriver['person'] = async (...roles) => {
    const id = systemIds.next();
    return { id, token: await keys.issueUserToken({ userId: id, roles: roles.length > 0 ? roles : ['rider'] }) };
  };
  const people = onboarding(request, await person('rider', 'admin'), person);
  const report: RunningDriver['report'] = (driver, points) =>
    request().post(`/api/drivers/${driver.id}/location`).set(bearer(driver.token)).send({ points });
  const setStatus: RunningDriver['setStatus'] = (driver, status) =>
    request().put(`/api/drivers/${driver.id}/status`).set(bearer(driver.token)).send({ status });
  return {
    url: service.url,
    get request() {
      return request();
    },
    ...{ database, log, neighbours, env, person, report, setStatus },
    ...people,
    ...internalCalls(request, keys),
    async available(at = CENTRE, vehicleClass = 'economy') {
      const driver = await people.verified(vehicleClass);
      await report(driver, [{ ...at, recordedAt: new Date().toISOString() }]).expect(202);
      await setStatus(driver, 'available').expect(200);
      return driver;
    },
    async publish(definition, data, sequence) {
      const event = newEvent(definition, {
        id: systemIds.next(),
        data,
        sequence,
        occurredAt: new Date(),
        source: 'test',
      });
      await log.publish([{ topic: event.topic, key: event.key, envelope: event.envelope, headers: {} }]);
    },
    another: () => startService(driverConfig.load(env), overrides),
    async close() {
      await service.close();
      await database.close();
      await test.drop();
      keys.dispose();
    },
  };
}
