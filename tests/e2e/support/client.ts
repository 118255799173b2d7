import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Platform } from './platform.ts';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON body; `undefined` without one. */
  readonly body: never;
}

/** A signed-in person. */
export interface Actor {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

/** What a request carries beside its path. */
export interface RequestOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ADMIN = { email: 'admin@rideshare.local', password: 'local-admin-only' };
/** Two points of Porto, two kilometres apart. */
export const PLACES = { pickup: { lat: 41.1496, lng: -8.6109 }, destination: { lat: 41.1621, lng: -8.6309 } };

const EVENTUALLY_MS = 30_000;
const POLL_MS = 50;
const BUSY_ATTEMPTS = 30;

/** One request. */
export async function send(
  platform: Platform,
  method: string,
  target: string,
  { body, headers, token }: RequestOptions = {},
): Promise<Answer> {
  const response = await fetch(platform.gateway + target, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as never,
  };
}

/** One request that has to succeed; its body. Waits where the platform says that it is busy. */
export async function succeed<T>(
  platform: Platform,
  method: string,
  target: string,
  options: RequestOptions = {},
): Promise<T> {
  const headers = method === 'GET' ? options.headers : { 'idempotency-key': randomUUID(), ...options.headers };
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send(platform, method, target, { ...options, ...(headers ? { headers } : {}) });
    if (answer.status < 300) return answer.body;
    const isBusy = answer.status === 503 || (answer.body as { code?: string }).code === 'IDEMPOTENCY_IN_PROGRESS';
    if (!isBusy || attempt === BUSY_ATTEMPTS) {
      throw new Error(`${method} ${target} answered ${String(answer.status)}: ${JSON.stringify(answer.body)}`);
    }
    await delay(Number(answer.headers.get('retry-after') ?? 1) * 1000);
  }
}

/** Asks until `look` answers something. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + EVENTUALLY_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline)
      throw new Error(`${what} did not happen within ${String(EVENTUALLY_MS / 1000)} s`);
    await delay(POLL_MS);
  }
}

/** Signs somebody in. */
export async function signIn(
  platform: Platform,
  who: { readonly email: string; readonly password: string },
): Promise<Actor> {
  const { email, password } = who;
  const session = await succeed<{ accessToken: string; user: { id: string } }>(platform, 'POST', '/api/auth/login', {
    body: { email, password },
  });
  return { id: session.user.id, email, password, token: session.accessToken };
}

/** Somebody new. */
export async function newRider(platform: Platform): Promise<Actor> {
  const person = {
    email: `${randomUUID()}@e2e.example.org`,
    password: `e2e-${randomUUID()}`,
    firstName: 'Eva',
    lastName: 'Lopes',
  };
  await succeed(platform, 'POST', '/api/users', { body: person });
  return signIn(platform, person);
}

/** A new driver with approved documents, available at `at`. */
export async function newDriver(platform: Platform, at = PLACES.pickup): Promise<Actor> {
  const driver = await newRider(platform);
  const admin = await signIn(platform, ADMIN);
  const { token } = driver;
  const vehicle = {
    make: 'Seat',
    model: 'Leon',
    year: 2023,
    plate: `E2-${driver.id.slice(-5)}`,
    color: 'red',
    class: 'economy',
  };
  await succeed(platform, 'POST', '/api/drivers', { token, body: { licenseNumber: `L-${driver.id}`, vehicle } });
  for (const type of ['driving_license', 'vehicle_registration', 'insurance']) {
    const body = { type, number: `${type}-${driver.id.slice(-8)}`, expiresOn: '2035-12-31' };
    const { id } = await succeed<{ id: string }>(platform, 'POST', `/api/drivers/${driver.id}/documents`, {
      token,
      body,
    });
    const review = `/api/drivers/${driver.id}/documents/${id}/review`;
    await succeed(platform, 'PUT', review, { token: admin.token, body: { decision: 'approve' } });
  }
  await goAvailable(platform, driver, at);
  return driver;
}

/** Puts a driver to work at a place. */
export async function goAvailable(platform: Platform, driver: Actor, at = PLACES.pickup): Promise<void> {
  const { token } = driver;
  const points = [{ ...at, recordedAt: new Date().toISOString() }];
  await succeed(platform, 'POST', `/api/drivers/${driver.id}/location`, { token, body: { points } });
  await succeed(platform, 'PUT', `/api/drivers/${driver.id}/status`, { token, body: { status: 'available' } });
}

/** Takes a driver off the street, so that the offers of the next test go to its own driver. */
export async function goOffline(platform: Platform, driver: Actor): Promise<void> {
  const target = `/api/drivers/${driver.id}/status`;
  // the slot hears of the end of a ride from its event
  await eventually('the end of work', async () => {
    const options = { token: driver.token, body: { status: 'offline' } };
    const { body, status } = await send(platform, 'PUT', target, options);
    if (status === 200) return true;
    if (status === 503 || (body as { code?: string }).code === 'DRIVER_ON_TRIP') return undefined;
    throw new Error(`PUT ${target} answered ${String(status)}: ${JSON.stringify(body)}`);
  });
}
