import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemScheduler } from '@rideshare/kernel/system';
import type { PgTransaction } from '@rideshare/postgres';
import { createTestDatabase } from '@rideshare/testing';
import type { TestDatabase } from '@rideshare/testing';
import { createPayment } from '../src/usecases/create-payment.ts';
import type { LeasedOp } from '../src/usecases/ports.ts';
import { refundPayment } from '../src/usecases/refund-payment.ts';
import { runOperation } from '../src/usecases/run-operation.ts';
import { startStep } from '../src/usecases/start-step.ts';
import { crashPoints, createProcess, deathAt, newsOf } from './support/process.ts';
import type { CrashPoint, Process } from './support/process.ts';
import { eur, eventually } from './support/running-payment.ts';

let testDatabase: TestDatabase;
let survivor: Process;
const dead: Process[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase({
    migrate: { schema: 'payment', dir: path.join(import.meta.dirname, '..', 'migrations') },
  });
});

afterAll(async () => {
  await testDatabase.drop();
});

beforeEach(() => {
  survivor = createProcess(testDatabase.url);
});

afterEach(async () => {
  await survivor.close();
  for (const process of dead.splice(0)) await process.close();
});

/** Carries out one step in a process that dies at `point`; nothing of it is heard again. */
async function crash(point: CrashPoint): Promise<void> {
  const { faults, reached } = deathAt(point);
  const process = createProcess(testDatabase.url, faults);
  dead.push(process);
  // on a slow machine the lease may be over before the call, and then the step ends without it
  for (let isDead = false; !isDead;) {
    isDead = await Promise.race([reached.then(() => true), process.step().then(() => false)]);
  }
}

/** What the gateway did for a payment, and what was booked and told of it. */
async function effects(tripId: string) {
  const { database } = survivor;
  const count = async (text: string) => {
    const { rows } = await database.query<{ name: string; count: number }>(text, [tripId]);
    return Object.fromEntries(rows.map((row) => [row.name, row.count]));
  };
  return {
    gateway: await count(
      `select s.kind as name, count(*) as count from sandbox_operations s join payment_ops o on o.psp_key = s.key
       join payments p on p.id = o.payment_id where p.trip_id = $1 and s.state = 'done' group by s.kind`,
    ),
    journals: await count(
      `select j.kind as name, count(*) as count from ledger_journals j join payments p on p.id = j.payment_id
       where p.trip_id = $1 group by j.kind`,
    ),
    events: await count('select type as name, count(*) as count from outbox where key = $1::text group by type'),
  };
}

async function cardTrip() {
  const riderId = randomUUID();
  return newsOf(survivor, riderId, await survivor.addMethod(riderId, 'tok_ok'));
}

const statusOf = async (tripId: string) => (await survivor.deps.payments.find({ tripId }))?.status;

test.each(crashPoints)('a process that dies %s of a hold, leaves one hold behind', async (point) => {
  const trip = await cardTrip();
  await trip.requested();
  await crash(point);
  await survivor.drive();
  expect(await statusOf(trip.tripId)).toBe('authorized');
  expect(await effects(trip.tripId)).toEqual({
    gateway: { authorize: 1 },
    journals: {},
    events: { 'payment.authorized': 1 },
  });
});

test.each(crashPoints)('a process that dies %s of a capture, leaves one capture behind', async (point) => {
  const trip = await cardTrip();
  await trip.requested();
  await survivor.drive();
  await trip.completed();
  await crash(point);
  await survivor.drive();
  expect(await statusOf(trip.tripId)).toBe('captured');
  expect(await effects(trip.tripId)).toEqual({
    gateway: { authorize: 1, capture: 1 },
    journals: { capture: 1 },
    events: { 'payment.authorized': 1, 'payment.captured': 1 },
  });
});

test.each(crashPoints)('a process that dies %s of an increment, leaves one increment behind', async (point) => {
  const trip = await cardTrip();
  await trip.requested();
  await survivor.drive();
  await trip.completed(1_300);
  await crash(point);
  await survivor.drive();
  expect((await effects(trip.tripId)).gateway).toEqual({ authorize: 1, increment: 1, capture: 1 });
  expect((await survivor.deps.payments.find(trip))?.captured.amount).toBe(1_300);
});

test.each(crashPoints)('a process that dies %s of a void, leaves no hold behind', async (point) => {
  const trip = await cardTrip();
  await trip.requested();
  await survivor.drive();
  await trip.expired();
  await crash(point);
  await survivor.drive();
  expect(await statusOf(trip.tripId)).toBe('voided');
  expect((await effects(trip.tripId)).gateway).toEqual({ authorize: 1, void: 1 });
});

test.each(crashPoints)('a process that dies %s of a refund, leaves one refund behind', async (point) => {
  const trip = await cardTrip();
  await trip.completed();
  await survivor.drive();
  const payment = await survivor.deps.payments.find(trip);
  await refundPayment(survivor.deps, startStep(survivor.deps), {
    paymentId: payment?.id ?? '',
    amount: null,
    reason: 'lost',
    requestedBy: 'admin',
  });
  await crash(point);
  await survivor.drive();
  expect(await statusOf(trip.tripId)).toBe('refunded');
  expect(await effects(trip.tripId)).toMatchObject({
    gateway: { authorize: 1, capture: 1, refund: 1 },
    journals: { capture: 1, refund: 1 },
    events: { 'payment.refunded': 1 },
  });
});

test.each(crashPoints)('a request that dies %s of paying a debt, finds its own try again', async (point) => {
  const riderId = randomUUID();
  const trip = newsOf(survivor, riderId, await survivor.addMethod(riderId, 'tok_declined'));
  await trip.completed();
  await survivor.drive();
  expect(await statusOf(trip.tripId)).toBe('failed');
  const methodId = await survivor.addMethod(riderId, 'tok_ok');
  const request = { tripId: trip.tripId, riderId, methodId, amount: null };
  const { faults, reached } = deathAt(point);
  // the request itself starts its try, and dies while carrying it out
  let changes = 0;
  const process = createProcess(testDatabase.url, {
    ...faults,
    ...(faults.payments
      ? {
          payments: (store) => {
            const dying = faults.payments?.(store) ?? store;
            return {
              ...store,
              change: (operation, key, decide) =>
                (changes += 1) === 1 ? store.change(operation, key, decide) : dying.change(operation, key, decide),
            };
          },
        }
      : {}),
  });
  dead.push(process);
  const operation = startStep<never>(survivor.deps);
  void createPayment(process.deps, operation, request);
  await reached;
  await survivor.drive((await survivor.deps.payments.find(trip))?.id);
  const view = await createPayment(survivor.deps, operation, request);
  expect(view).toMatchObject({ status: 'captured', captured: { amount: 1_000 } });
  expect(await effects(trip.tripId)).toEqual({
    gateway: { authorize: 1, capture: 1 },
    journals: { debt: 1, debt_capture: 1 },
    events: { 'payment.failed': 1, 'payment.captured': 1 },
  });
});

test('a request that dies after it has opened a payment, finds it again and is not refused', async () => {
  const riderId = randomUUID();
  const methodId = await survivor.addMethod(riderId, 'tok_ok');
  const [tripId, fare] = [randomUUID(), eur(1_000)];
  const { faults, reached } = deathAt('after the commit');
  const process = createProcess(testDatabase.url, faults);
  dead.push(process);
  for (const { trips } of [process, survivor]) {
    trips.set(tripId, {
      status: 'completed',
      riderId,
      driverId: randomUUID(),
      methodId,
      fare,
      due: fare,
      tariffVersion: 'porto.tariff.v1',
      lines: [{ kind: 'base', amount: fare }],
    });
  }
  const operation = startStep<never>(survivor.deps);
  const request = { tripId, riderId, methodId: null, amount: null };
  void createPayment(process.deps, operation, request);
  await reached;
  expect(await createPayment(survivor.deps, operation, request)).toMatchObject({ tripId, riderId });
  await survivor.drive((await survivor.deps.payments.find({ tripId }))?.id);
  expect(await createPayment(survivor.deps, operation, request)).toMatchObject({ status: 'captured' });
  expect((await effects(tripId)).gateway).toEqual({ authorize: 1, capture: 1 });
  const another = createPayment(survivor.deps, startStep(survivor.deps), request);
  await expect(another).rejects.toMatchObject({ code: 'PAYMENT_EXISTS' });
});

test('a process that was paused between its lease and its call, wakes up and sends nothing', async () => {
  const trip = await cardTrip();
  await trip.requested();
  let sends = 0;
  const paused = createProcess(testDatabase.url, {
    gateway: (sandbox) => ({
      ...sandbox,
      authorize: (request) => {
        sends += 1;
        return sandbox.authorize(request);
      },
    }),
  });
  dead.push(paused);
  const leasedAt = paused.deps.clock.now();
  const [op] = await paused.deps.operations.lease({ limit: 1, leaseMs: paused.deps.limits.leaseMs });
  await survivor.drive();
  await runOperation(paused.deps, op!, leasedAt);
  expect(sends).toBe(0);
  expect(await effects(trip.tripId)).toMatchObject({ gateway: { authorize: 1 }, events: { 'payment.authorized': 1 } });
});

test('a hold that arrives at the gateway after it was given up, is let go', async () => {
  const trip = await cardTrip();
  await trip.requested();
  let letThrough = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  const paused = createProcess(testDatabase.url, {
    // its call is stuck in the network, and it does not give up waiting
    scheduler: { ...systemScheduler, sleep: () => new Promise(() => undefined) },
    gateway: (sandbox) => ({
      ...sandbox,
      authorize: async (request) => {
        await held;
        return sandbox.authorize(request);
      },
    }),
  });
  dead.push(paused);
  const stuck = paused.step();
  await eventually(async () => {
    const { rowCount } = await survivor.database.query(`select from payment_ops where state = 'sent'`);
    return rowCount > 0 ? true : undefined;
  });
  await trip.expired();
  const impatient = createProcess(testDatabase.url, { env: { PSP_HORIZON_MS: '100' } });
  dead.push(impatient);
  await impatient.drive();
  expect(await statusOf(trip.tripId)).toBe('voided');
  letThrough();
  await stuck;
  await survivor.drive();
  expect(await effects(trip.tripId)).toEqual({
    gateway: { authorize: 1, void: 1 },
    journals: {},
    events: { 'payment.voided': 1 },
  });
});

test('a hold that is leased while its cancellation is being decided, is sent and then let go', async () => {
  const trip = await cardTrip();
  await trip.requested();
  const other = createProcess(testDatabase.url);
  dead.push(other);
  const leased: LeasedOp[] = [];
  await survivor.database.transaction(async (tx) => {
    const query = async (...statement: Parameters<PgTransaction['query']>) => {
      const read = await tx.query(...statement);
      // the decision has read the hold as planned, and has written nothing yet
      if (statement[2]?.name === 'payment_parts' && leased.length === 0) {
        leased.push(...(await other.deps.operations.lease({ limit: 1, leaseMs: 400 })));
      }
      return read;
    };
    const transaction = { ...tx, query } as PgTransaction;
    await trip.expired({ ...startStep(survivor.deps), transaction });
  });
  expect(leased).toMatchObject([{ kind: 'hold', tripId: trip.tripId }]);
  const { rows } = await survivor.database.query('select state, code from payment_ops where id = $1', [leased[0]?.id]);
  expect(rows).toEqual([{ state: 'sent', code: null }]);
  await runOperation(other.deps, leased[0]!, other.deps.clock.now());
  await survivor.drive();
  expect(await statusOf(trip.tripId)).toBe('voided');
  expect((await effects(trip.tripId)).gateway).toEqual({ authorize: 1, void: 1 });
});

test('two processes at the same operations, do each of them once', async () => {
  const trips = await Promise.all(Array.from({ length: 12 }, () => cardTrip()));
  const other = createProcess(testDatabase.url);
  dead.push(other);
  for (const trip of trips) await trip.completed();
  await Promise.all([survivor.drive(), other.drive()]);
  for (const { tripId } of trips) {
    expect(await effects(tripId)).toEqual({
      gateway: { authorize: 1, capture: 1 },
      journals: { capture: 1 },
      events: { 'payment.authorized': 1, 'payment.captured': 1 },
    });
  }
});
