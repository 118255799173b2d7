import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { answerJson, startTinyServer } from './tiny-server.ts';
import type { Received, TinyServer } from './tiny-server.ts';

const CODE = '4711';
const FARE = { amount: 557, currency: 'EUR' };

interface FakeTrip {
  readonly id: string;
  readonly riderId: string;
  readonly offerId: string;
  readonly pickup: unknown;
  readonly destination: unknown;
  status: string;
  version: number;
  driverId: string | null;
  declined: boolean;
}

type Answer = readonly [status: number, body?: unknown];
/** Changes an answer of a route on its way out: how a test makes the platform contradict itself. */
export type Tamper = (answer: Answer, request: Received) => Answer;

/** A platform of one process: it keeps the promises that the simulator checks, until a test makes it break one. */
export interface FakePlatform extends TinyServer {
  readonly trips: ReadonlyMap<string, FakeTrip>;
  /** What each driver is: by user id. */
  readonly drivers: ReadonlySet<string>;
  /** By operation, such as `GET /api/trips/{id}`. */
  readonly tampers: Map<string, Tamper>;
}

const problem = (status: number, code: string): Answer => [status, { code, detail: code }];
const STEPS: Readonly<Record<string, string>> = {
  accepted: 'requested',
  arrived: 'accepted',
  in_progress: 'arrived',
  completed: 'in_progress',
};
const ENDS = ['completed', 'cancelled', 'expired'];

/** Starts it; offers go to whichever driver is listening, and streams push what happens. */
export async function startFakePlatform(): Promise<FakePlatform> {
  const people = new Map<string, string>();
  const drivers = new Set<string>();
  const online = new Set<string>();
  const trips = new Map<string, FakeTrip>();
  const streams = new Map<string, ServerResponse>();
  const tampers = new Map<string, Tamper>();

  const push = (userId: string | null, event: string, data: object) => {
    if (userId !== null) streams.get(userId)?.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const view = (trip: FakeTrip, userId: string) => ({
    ...{ id: trip.id, status: trip.status, version: trip.version, riderId: trip.riderId, driverId: trip.driverId },
    ...{ vehicleClass: 'economy', fare: FARE, ...(userId === trip.riderId ? { startCode: CODE } : {}) },
  });
  const move = (trip: FakeTrip, status: string) => {
    trip.status = status;
    trip.version += 1;
    for (const who of [trip.riderId, trip.driverId]) push(who, 'trip.updated', { tripId: trip.id, status });
  };
  const offerOf = ({ destination, id, offerId, pickup }: FakeTrip) => ({
    ...{ offerId, tripId: id, pickup, destination, fare: FARE, earnings: FARE, pickupEtaS: 60 },
    expiresAt: new Date(Date.now() + 20_000).toISOString(),
  });
  const makeOffer = (trip: FakeTrip) => {
    const busy = new Set(
      [...trips.values()].flatMap(({ driverId, status }) => (ENDS.includes(status) ? [] : [driverId])),
    );
    const driver = [...online].find((id) => !busy.has(id));
    if (driver !== undefined) push(driver, 'trip.offer', offerOf(trip));
  };

  const session = (userId: string): Answer => [
    200,
    { accessToken: userId, refreshToken: 'r', expiresIn: 900, user: { id: userId } },
  ];
  const changeStatus = (trip: FakeTrip, userId: string, body: Record<string, string>): Answer => {
    const wanted = body['status'] ?? '';
    const legal =
      wanted === 'cancelled'
        ? !ENDS.includes(trip.status) && trip.status !== 'in_progress'
        : STEPS[wanted] === trip.status;
    if (!legal) return problem(409, 'TRIP_TRANSITION_NOT_ALLOWED');
    if (wanted === 'in_progress' && body['startCode'] !== CODE) return problem(422, 'START_CODE_WRONG');
    if (wanted === 'accepted') trip.driverId = userId;
    move(trip, wanted);
    return [200, view(trip, userId)];
  };
  const ledger = (trip: FakeTrip) => [
    { kind: 'state', type: 'trip.completed', data: {} },
    {
      kind: 'ledger',
      type: 'ledger.journal',
      data: {
        lines: [
          { account: 'gateway:sandbox', amount: FARE },
          { account: `driver:${String(trip.driverId)}:payable`, amount: { ...FARE, amount: -FARE.amount } },
        ],
      },
    },
  ];
  const owes = (trip: FakeTrip) => trip.status === 'completed';

  type Handler = (request: Received, userId: string, id: string) => Answer;
  const body = (request: Received) => request.body as Record<string, string>;
  const ofTrip = (handle: (trip: FakeTrip, request: Received, userId: string) => Answer): Handler => {
    return (request, userId, id) => {
      const trip = trips.get(id);
      return trip ? handle(trip, request, userId) : problem(404, 'TRIP_NOT_FOUND');
    };
  };
  const handlers: Readonly<Record<string, Handler>> = {
    'POST /api/users': (request) => {
      const { email = '' } = body(request);
      if (people.has(email)) return problem(409, 'EMAIL_TAKEN');
      people.set(email, randomUUID());
      return [201, {}];
    },
    'POST /api/auth/login': (request) => {
      const { email = '' } = body(request);
      const known = people.get(email) ?? randomUUID();
      people.set(email, known);
      return session(known);
    },
    'GET /api/payments/methods': () => [200, { items: [] }],
    'POST /api/payments/methods': () => [201, {}],
    'POST /api/drivers': (_request, userId) => {
      if (drivers.has(userId)) return problem(409, 'DRIVER_EXISTS');
      drivers.add(userId);
      return [201, {}];
    },
    'GET /api/drivers/{id}': () => [
      200,
      {
        verification: 'pending',
        documents: [
          { id: 'd1', type: 'driving_license', state: 'approved' },
          { id: 'd2', type: 'insurance', state: 'pending' },
        ],
      },
    ],
    'POST /api/drivers/{id}/documents': () => [201, { id: randomUUID() }],
    'PUT /api/drivers/{id}/documents/{x}/review': () => [200, {}],
    'POST /api/drivers/{id}/location': () => [202, {}],
    'PUT /api/drivers/{id}/status': (request, userId) => {
      if (body(request)['status'] === 'available') online.add(userId);
      else online.delete(userId);
      return [200, {}];
    },
    'GET /api/drivers/{id}/offers': () => {
      const [open] = [...trips.values()].filter(({ declined, status }) => status === 'requested' && !declined);
      return [200, { items: open ? [offerOf(open)] : [] }];
    },
    'POST /api/quotes': (request) => [
      201,
      { id: JSON.stringify(request.body), options: [{ vehicleClass: 'economy', fare: FARE }] },
    ],
    'POST /api/trips': (request, userId) => {
      const key = String(request.headers['idempotency-key']);
      const places = JSON.parse(body(request)['quoteId'] ?? '{}') as { pickup: unknown; destination: unknown };
      const known = trips.get(key);
      const trip: FakeTrip = known ?? {
        ...{ id: key, riderId: userId, offerId: randomUUID(), ...places },
        ...{ status: 'requested', version: 1, driverId: null, declined: false },
      };
      trips.set(key, trip);
      if (!known) setImmediate(makeOffer, trip);
      return [201, view(trip, userId)];
    },
    'GET /api/trips/{id}': ofTrip((trip, _request, userId) => [200, view(trip, userId)]),
    'PUT /api/trips/{id}/status': ofTrip((trip, request, userId) => changeStatus(trip, userId, body(request))),
    'POST /api/trips/{id}/offers/{x}/decline': ofTrip((trip) => {
      trip.declined = true;
      move(trip, 'expired');
      return [204];
    }),
    'POST /api/trips/{id}/rating': ofTrip(() => [201, {}]),
    'GET /api/trips/{id}/receipt': ofTrip(() => [
      200,
      { quoted: FARE, total: FARE, lines: [{ kind: 'base', amount: FARE }] },
    ]),
    'GET /api/trips/{id}/timeline': ofTrip((trip) => [200, { entries: owes(trip) ? ledger(trip) : [] }]),
    'GET /api/payments': (request) => {
      const trip = trips.get(new URL(request.path, 'http://x').searchParams.get('tripId') ?? '');
      if (!trip) return [200, { items: [] }];
      const captured = { ...FARE, amount: owes(trip) ? FARE.amount : 0 };
      return [200, { items: [{ status: owes(trip) ? 'captured' : 'voided', captured }] }];
    },
    'GET /api/notifications': (_request, userId) => {
      const ended = [...trips.values()].filter(({ riderId, status }) => riderId === userId && ENDS.includes(status));
      return [200, { items: ended.map(({ id, status }) => ({ kind: `trip_${status}`, tripId: id })) }];
    },
  };

  const server = await startTinyServer((request, response) => {
    const userId = (request.headers.authorization ?? '').replace('Bearer ', '');
    const { pathname } = new URL(request.path, 'http://x');
    if (pathname === '/api/stream') {
      streams.set(userId, response.writeHead(200, { 'content-type': 'text/event-stream' }));
      response.flushHeaders();
      return;
    }
    const [exact, template] = [
      `${request.method} ${pathname}`,
      `${request.method} ${pathname
        .replace(/^(\/api\/(?:drivers|trips))\/[^/]+/, '$1/{id}')
        .replace(/\/(documents|offers)\/[^/]+\//, '/$1/{x}/')}`,
    ];
    const operation = handlers[exact] ? exact : template;
    const answer =
      handlers[operation]?.(request, userId, pathname.split('/')[3] ?? '') ?? problem(404, 'ROUTE_NOT_FOUND');
    const [status, sent] = tampers.get(operation)?.(answer, request) ?? answer;
    answerJson(response, status, sent, { 'retry-after': '0' });
  });
  return { ...server, trips, drivers, tampers };
}
