import { defineRoute, emptySchema, idSchema, pageQuerySchema } from '@rideshare/contracts';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { Logger, Metrics } from '@rideshare/observability';
import { fakeClock, fakeIds, memoryIdempotencyStore, silentLogger, testKeys } from '@rideshare/testing';
import type { FakeClock, TestKeys } from '@rideshare/testing';
import type { Express } from 'express';
import { z } from 'zod';
import { createServiceApp, endpoint } from '../../src/index.ts';
import type { Call, Endpoint, ServiceAppOptions } from '../../src/index.ts';

export const USER_ID = '0190a8a0-0000-7000-8000-000000000001';
export const RIDE_ID = '0190a8a0-0000-7000-8000-000000000002';

const route = { owner: 'trip', tag: 'Rides', summary: 'x', query: emptySchema, params: emptySchema } as const;
const rideParams = z.strictObject({ id: idSchema });
const rideSchema = z.object({ id: z.string(), at: z.iso.datetime(), note: z.string() });
const rideBody = z.strictObject({
  note: z.string().min(1).max(100),
  seats: z.int().min(1).max(4).default(1),
  'a/b': z.string().optional(),
});

export const createRide = defineRoute({
  ...route,
  id: 'createRide',
  method: 'POST',
  path: '/api/rides',
  callers: ['rider', 'service'],
  keyMayBeRequired: true,
  body: rideBody,
  responses: { 201: rideSchema },
});
export const listRides = defineRoute({
  ...route,
  id: 'listRides',
  method: 'GET',
  path: '/api/rides',
  callers: ['user'],
  query: pageQuerySchema,
  body: null,
  responses: { 200: z.object({ limit: z.int() }) },
});
export const getRide = defineRoute({
  ...route,
  id: 'getRide',
  method: 'GET',
  path: '/api/rides/{id}',
  callers: ['user'],
  params: rideParams,
  body: null,
  responses: { 200: z.object({ id: z.string() }) },
});
export const refundRide = defineRoute({
  ...route,
  id: 'refundRide',
  method: 'POST',
  path: '/api/rides/refund',
  callers: ['admin'],
  body: z.strictObject({ id: idSchema }),
  responses: { 204: null },
});
export const endRide = defineRoute({
  ...route,
  id: 'endRide',
  method: 'DELETE',
  path: '/api/rides/{id}',
  callers: ['user'],
  params: rideParams,
  body: null,
  responses: { 204: null },
});
export const openAccount = defineRoute({
  ...route,
  id: 'openAccount',
  method: 'POST',
  path: '/api/accounts',
  callers: ['anyone'],
  body: z.union([
    z.strictObject({ name: z.string() }),
    z.strictObject({ first: z.string(), last: z.string(), age: z.int() }),
  ]),
  responses: { 201: z.object({ who: z.string() }) },
});
export const claimRide = defineRoute({
  ...route,
  id: 'claimRide',
  method: 'POST',
  path: '/internal/rides/{id}/claim',
  callers: ['internal'],
  params: rideParams,
  body: z.strictObject({ epoch: z.int() }),
  responses: { 200: z.object({ by: z.string(), key: z.string().nullable() }) },
});
export const receiveHook = defineRoute({
  ...route,
  id: 'receiveHook',
  method: 'POST',
  path: '/api/hooks',
  callers: ['signed'],
  idempotency: 'none',
  body: z.looseObject({}),
  responses: { 200: z.object({ bytes: z.int() }) },
});

/** What `POST /api/rides` does; a test puts its own in place. */
export type CreateRide = (call: Call<typeof createRide, RideView>) => Promise<RideView>;
export interface RideView {
  readonly id: string;
  readonly at: string;
  readonly note: string;
}

interface RideClaim {
  readonly by: string;
  readonly key: string | null;
}

export interface TestApp {
  readonly app: Express;
  readonly clock: FakeClock;
  readonly keys: TestKeys;
  readonly metrics: Metrics;
  readonly log: { level: string; message: string; fields: Record<string, unknown> }[];
  readonly store: ReturnType<typeof memoryIdempotencyStore>;
  readonly runs: string[];
  token(roles?: ('rider' | 'driver' | 'admin')[]): Promise<string>;
}

/** The ride as the command makes it: its id and time are the operation's. */
export const makeRide: CreateRide = (call) =>
  Promise.resolve({ id: call.operation.id('ride'), at: call.operation.at.toISOString(), note: call.body.note });

function recordingLogger(log: TestApp['log']): Logger {
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      log.push({ level, message, fields });
    };
  return {
    ...silentLogger,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}

/** An app with a few routes of every kind, on a clock that stands still. */
export function testApp(options: Partial<ServiceAppOptions> & { readonly create?: CreateRide } = {}): TestApp {
  const { create = makeRide, ...overrides } = options;
  const clock = fakeClock();
  const keys = testKeys(clock);
  const log: TestApp['log'] = [];
  const runs: string[] = [];
  const ran = <T>(name: string, value: T): Promise<T> => {
    runs.push(name);
    return Promise.resolve(value);
  };
  const endpoints: Endpoint[] = [
    endpoint<typeof getRide, string>(getRide, {
      run: (call) => ran('getRide', call.params.id),
      respond: (id) => ({ status: 200, body: { id } }),
    }),
    endpoint<typeof createRide, RideView>(createRide, {
      run: (call) => {
        runs.push('createRide');
        return create(call);
      },
      respond: (ride) => ({ status: 201, headers: { Location: `/api/rides/${ride.id}` }, body: ride }),
    }),
    endpoint<typeof listRides, number>(listRides, {
      run: (call) => ran('listRides', call.query.limit),
      respond: (limit) => ({ status: 200, body: { limit } }),
    }),
    endpoint<typeof refundRide, undefined>(refundRide, {
      run: () => ran('refundRide', undefined),
      respond: () => ({ status: 204 }),
    }),
    endpoint<typeof endRide, undefined>(endRide, {
      run: () => ran('endRide', undefined),
      respond: () => ({ status: 204 }),
    }),
    endpoint<typeof openAccount, string>(openAccount, {
      run: (call) => ran('openAccount', call.address),
      respond: (who) => ({ status: 201, body: { who } }),
    }),
    endpoint<typeof claimRide, RideClaim>(claimRide, {
      run: (call) => {
        const by = call.principal.kind === 'service' ? call.principal.service : 'nobody';
        return ran('claimRide', { by, key: call.headers['idempotency-key']?.toString() ?? null });
      },
      respond: (claim) => ({ status: 200, body: claim }),
    }),
    endpoint<typeof receiveHook, number>(receiveHook, {
      inspect(body) {
        if (typeof body === 'object' && body !== null && 'boom' in body) throw new TypeError('boom');
      },
      run: (call) => ran('receiveHook', call.rawBody.byteLength),
      respond: (bytes) => ({ status: 200, body: { bytes } }),
    }),
  ];
  const metrics = createMetrics({ service: 'trip', version: '1.2.3' });
  const health = createHealth({ service: 'trip', version: '1.2.3', clock, cacheMs: 0 });
  health.markStarted();
  const store = memoryIdempotencyStore(clock);
  const app = createServiceApp({
    service: 'trip',
    version: '1.2.3',
    environment: 'test',
    logger: recordingLogger(log),
    metrics,
    health,
    clock,
    ids: fakeIds(),
    endpoints,
    accessTokens: keys.accessTokens,
    serviceTokens: keys.serviceTokens('trip'),
    idempotency: store,
    ...overrides,
  });
  return {
    app,
    clock,
    keys,
    metrics,
    log,
    store,
    runs,
    token: async (roles = ['rider']) => `Bearer ${await keys.issueUserToken({ userId: USER_ID, roles })}`,
  };
}
