import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { tripCancelled, tripCompleted, tripExpired, tripRequested } from '@rideshare/contracts';
import type { EventData, EventDefinition } from '@rideshare/contracts';
import { money } from '@rideshare/kernel';
import { createEmbeddedLog, newEvent } from '@rideshare/messaging';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase, silentLogger, testKeys } from '@rideshare/testing';
import type { TestKeys } from '@rideshare/testing';
import supertest from 'supertest';
import { paymentConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';
import type { Overrides } from '../../src/service.ts';
import type { TripState } from '../../src/usecases/ports.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');
export const WEBHOOK_SECRET = 'the webhook secret of these tests';

export const eur = (amount: number) => money(amount, 'EUR');

/** A trip whose events are told to the service. */
export interface TestTrip {
  readonly tripId: string;
  readonly riderId: string;
  readonly driverId: string;
  readonly paymentMethodId: string | null;
  /** Tells of the request, fare 10.00 unless said otherwise. */
  request(fareMinor?: number): Promise<void>;
  complete(totalMinor?: number): Promise<void>;
  cancel(feeMinor?: number): Promise<void>;
  expire(): Promise<void>;
}

export interface RunningPayment {
  readonly database: Database;
  readonly keys: TestKeys;
  readonly trips: Map<string, TripState>;
  readonly request: ReturnType<typeof supertest>;
  url(): string;
  bearer(userId: string, roles?: readonly ('rider' | 'admin' | 'support')[]): Promise<Record<string, string>>;
  /** A rider with a method by this token. */
  rider(token?: string): Promise<{ readonly riderId: string; readonly methodId: string | null }>;
  trip(rider: { readonly riderId: string; readonly methodId: string | null }): TestTrip;
  payment(tripId: string): Promise<PaymentRow | undefined>;
  /** Waits until the trip's payment has this status. */
  reaches(tripId: string, status: string): Promise<PaymentRow>;
  events(
    tripId: string,
  ): Promise<
    readonly { readonly type: string; readonly sequence: number; readonly data: Readonly<Record<string, unknown>> }[]
  >;
  balance(account: string): Promise<number>;
  restart(overrides?: Overrides, env?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface PaymentRow {
  readonly id: string;
  readonly status: string;
  readonly goal: string;
  readonly authorized: number;
  readonly captured: number;
  readonly refunded: number;
  readonly refund_reserved: number;
  readonly outstanding: number;
  readonly version: number;
  readonly currency: string;
}

/** Waits until `look` finds something, for at most twelve seconds. */
export async function eventually<T>(look: () => Promise<T | undefined>, hint?: () => Promise<unknown>): Promise<T> {
  const deadline = performance.now() + 12_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) {
      throw new Error(`it did not happen within twelve seconds: ${JSON.stringify(await hint?.())}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

type Tell = <Definition extends EventDefinition>(
  definition: Definition,
  sequence: number,
  data: EventData<Definition>,
) => Promise<void>;

function createTeller(database: Database): Tell {
  const log = createEmbeddedLog({ database, prefix: 'rideshare' });
  return async (definition, sequence, data) => {
    const event = newEvent(definition, {
      id: randomUUID(),
      sequence,
      occurredAt: new Date(),
      data,
      source: 'trip',
    });
    await log.publish([{ ...event, headers: {} }]);
  };
}

const TARIFF = 'porto.tariff.v1';
const POLICY = 'porto.policy.v1';
const somewhere = { lat: 41.15, lng: -8.61 };

/** A trip of a rider, told of by `tell`. */
export function tripOf(tell: Tell, rider: { readonly riderId: string; readonly methodId: string | null }): TestTrip {
  const [tripId, driverId, quoteId, offerId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const { riderId, methodId: paymentMethodId } = rider;
  const lines = (total: number) => [
    { kind: 'base' as const, amount: eur(total - 100) },
    { kind: 'booking_fee' as const, amount: eur(100) },
  ];
  const at = new Date().toISOString();
  const parties = { tripId, riderId, driverId };
  let sequence = 0;
  const next = () => (sequence += 1);
  return {
    tripId,
    riderId,
    driverId,
    paymentMethodId,
    request: (fareMinor = 1_000) =>
      tell(tripRequested, next(), {
        tripId,
        riderId,
        quoteId,
        pickup: somewhere,
        destination: somewhere,
        stops: [],
        vehicleClass: 'economy',
        fare: eur(fareMinor),
        breakdown: lines(fareMinor),
        tariffVersion: TARIFF,
        surgeBasisPoints: 10_000,
        distanceM: 1_000,
        durationS: 300,
        paymentMethodId,
        zone: 'porto:1:1',
        requestedAt: at,
      }),
    complete: (totalMinor = 1_000) =>
      tell(tripCompleted, next(), {
        ...parties,
        offerId,
        paymentMethodId,
        quoteId,
        quoted: eur(totalMinor),
        lines: lines(totalMinor),
        total: eur(totalMinor),
        distanceM: 1_000,
        durationS: 300,
        tariffVersion: TARIFF,
        completedAt: at,
      }),
    cancel: (feeMinor = 0) =>
      tell(tripCancelled, next(), {
        ...parties,
        offerId,
        paymentMethodId,
        from: 'accepted',
        cancelledBy: 'rider',
        reason: 'changed_my_mind',
        fee: eur(feeMinor),
        policyVersion: POLICY,
        acceptedAt: at,
        arrivedAt: null,
        cancelledAt: at,
      }),
    expire: () => tell(tripExpired, next(), { tripId, riderId, paymentMethodId, expiredAt: at }),
  };
}

const PACE = {
  OPERATION_INTERVAL_MS: '100',
  QUERY_DELAY_MAX_MS: '50',
  SANDBOX_SLOW_MS: '50',
};

/** The payment service in this process, on a database of its own. */
export async function startPayment(
  overrides: Overrides = {},
  env: Readonly<Record<string, string>> = {},
): Promise<RunningPayment> {
  const testDatabase = await createTestDatabase({ migrate: { schema: 'payment', dir: MIGRATIONS } });
  const database = createDatabase({ url: testDatabase.url, applicationName: 'payment-test' });
  const keys = testKeys();
  const trips = new Map<string, TripState>();
  const variables = {
    ENVIRONMENT: 'test',
    PORT: '0',
    DATABASE_URL: testDatabase.url,
    WEBHOOK_SECRET,
    PSP_KEY_SECRET: 'the key secret of these tests',
    ...keys.environment('payment'),
    ...PACE,
    ...env,
  };
  const start = (more: Overrides, changed: Readonly<Record<string, string>> = {}) =>
    startService(paymentConfig.load({ ...variables, ...changed }), {
      logger: silentLogger,
      trips: { stateOf: async (tripId) => trips.get(tripId) ?? null },
      ...more,
    });
  let service = await start(overrides);
  const tell = createTeller(database);

  const running: RunningPayment = {
    database,
    keys,
    trips,
    get request() {
      return supertest(service.url);
    },
    url: () => service.url,
    async bearer(userId, roles = ['rider']) {
      return { authorization: `Bearer ${await keys.issueUserToken({ userId, roles })}` };
    },
    async rider(token) {
      const riderId = randomUUID();
      if (token === undefined) return { riderId, methodId: null };
      const added = await running.request
        .post('/api/payments/methods')
        .set(await running.bearer(riderId))
        .send({ gateway: 'sandbox', token })
        .expect(201);
      return { riderId, methodId: added.body.id as string };
    },
    trip: (rider) => tripOf(tell, rider),
    async payment(tripId) {
      return (await database.query<PaymentRow>('select * from payments where trip_id = $1', [tripId])).rows[0];
    },
    reaches: (tripId, status) =>
      eventually(
        async () => {
          const row = await running.payment(tripId);
          return row?.status === status ? row : undefined;
        },
        async () => ({
          wanted: status,
          status: (await running.payment(tripId))?.status,
          ops: (
            await database.query(
              `select op, attempt, state, o.code, sends, queries from payment_ops o join payments p on p.id = o.payment_id
               where p.trip_id = $1`,
              [tripId],
            )
          ).rows,
          dead: (await database.query('select code, message from dead_letters where key = $1', [tripId])).rows,
        }),
      ),
    async events(tripId) {
      const { rows } = await database.query<{
        envelope: { type: string; sequence: number; data: Record<string, unknown> };
      }>(
        `select envelope from outbox where key = $1
         union all select envelope from event_log.records where key = $1 and topic like '%payment.events'`,
        [tripId],
      );
      return rows.map(({ envelope }) => envelope).toSorted((a, b) => a.sequence - b.sequence);
    },
    async balance(account) {
      const { rows } = await database.query<{ total: number }>(
        'select coalesce(sum(amount), 0)::bigint as total from ledger_entries where account = $1',
        [account],
      );
      return rows[0]?.total ?? 0;
    },
    async restart(more = {}, changed = {}) {
      await service.close();
      service = await start(more, changed);
    },
    stop: () => service.close(),
    async close() {
      await service.close();
      await database.close();
      await testDatabase.drop();
      keys.dispose();
    },
  };
  return running;
}
