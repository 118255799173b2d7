import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createDetector, ENCODINGS, GROUPINGS, KINDS, makeCanaries } from './support/canaries.ts';
import type { Canaries } from './support/canaries.ts';
import { ADMIN, goOffline, newDriver, send, signIn, succeed } from './support/client.ts';
import type { Actor } from './support/client.ts';
import { createDigester } from './support/digest.ts';
import { createForger } from './support/forge.ts';
import { emptyHomes, searchDatabase, searchFiles, searchMetrics, strangers } from './support/places.ts';
import type { Find, Home } from './support/places.ts';
import { plantEverywhere } from './support/plant.ts';
import { startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { drive, untilOffered, untilPayment } from './support/trip.ts';
import type { Trip } from './support/trip.ts';

/** Where what people entrust to the platform is kept and what it is needed for; everywhere else it has leaked. */
const HOMES: readonly Home[] = [
  { place: /^user\.accounts\./, kinds: ['email', 'phone', 'name'], why: 'the account' },
  { place: /^notification\.contacts\./, kinds: ['email', 'phone', 'name'], why: 'whom to write to' },
  { place: /^mailbox$/, kinds: ['email', 'phone'], why: 'what was written to them' },
  {
    place: /^event_log\.records\.envelope$/,
    kinds: ['email', 'phone', 'name', 'latitude', 'longitude'],
    why: 'accounts and ways, for the services that need them',
  },
  {
    place: /^user\.idempotency_keys\.response$/,
    kinds: ['email', 'phone', 'name'],
    why: 'the first answer, for a repetition',
  },
  {
    place: /^trip\.idempotency_keys\.response$/,
    kinds: ['latitude', 'longitude'],
    why: 'the first answer, for a repetition',
  },
  { place: /^trip\.(?:quotes|trips|trip_events|timeline_entries)\./, kinds: ['latitude', 'longitude'], why: 'the way' },
  {
    place: /^driver\.(?:driver_positions|offers|driver_slots)\./,
    kinds: ['latitude', 'longitude'],
    why: 'where a driver is and is to go',
  },
];

let platform: Platform;
/** Given where they belong. */
let proper: Canaries;
/** Given where they do not belong. */
let stray: Canaries;
let statuses: readonly number[];

/** A person whose every field is a canary, and what they do. */
async function live(driver: Actor): Promise<Canaries> {
  const canaries = makeCanaries();
  const { email, name, password, phone } = canaries;
  const key = { 'idempotency-key': randomUUID() };
  const body = { email, password, phone, firstName: name, lastName: name };
  // twice at the same moment, so that one of them meets the other in the database
  await Promise.all([
    send(platform, 'POST', '/api/users', { body }),
    send(platform, 'POST', '/api/users', { body }),
    send(platform, 'POST', '/api/users', { body, headers: key }),
  ]);
  await send(platform, 'POST', '/api/auth/login', { body: { email, password: `${password} wrong` } });
  const login = { body: { email, password } };
  const session = await succeed<{ accessToken: string; refreshToken: string; user: { id: string } }>(
    platform,
    'POST',
    '/api/auth/login',
    login,
  );
  const { accessToken: token, refreshToken, user } = session;
  const rider: Actor = { id: user.id, email, password, token };
  await succeed(platform, 'PUT', `/api/users/${user.id}`, { token, body: { firstName: name, lastName: name, phone } });
  await send(platform, 'GET', '/api/trips/history', { token: `${token}x` });
  const pickup = { lat: Number(canaries.latitude), lng: Number(canaries.longitude) };
  await succeed(platform, 'POST', `/api/drivers/${driver.id}/location`, {
    token: driver.token,
    body: { points: [{ ...pickup, recordedAt: new Date().toISOString() }] },
  });
  await succeed(platform, 'GET', `/api/drivers/nearby?lat=${canaries.latitude}&lng=${canaries.longitude}`, { token });
  const destination = { lat: pickup.lat + 0.01, lng: pickup.lng - 0.02 };
  const quote = await succeed<{ id: string }>(platform, 'POST', '/api/quotes', {
    token,
    body: { pickup, destination },
  });
  const trip = await succeed<Trip>(platform, 'POST', '/api/trips', {
    token,
    body: { quoteId: quote.id, vehicleClass: 'economy' },
  });
  await drive(platform, rider, driver, await untilOffered(platform, driver, trip.id));
  await untilPayment(platform, rider, trip.id, ['captured']);
  for (const text of [canaries.card, canaries.card.replaceAll(/(.{4})(?=.)/g, '$1 ')]) {
    const method = { token, body: { gateway: 'sandbox', token: text } };
    expect(await send(platform, 'POST', '/api/payments/methods', method)).toMatchObject({ status: 422 });
    const payment = { token, body: { tripId: trip.id, card: text } };
    expect(await send(platform, 'POST', '/api/payments', payment)).toMatchObject({ status: 422 });
  }
  const renewed = await succeed<{ refreshToken: string }>(platform, 'POST', '/api/auth/refresh', {
    body: { refreshToken },
  });
  // the used one again, too late for a lost answer: from another client
  await send(platform, 'POST', '/api/auth/refresh', { body: { refreshToken }, headers: { 'user-agent': 'another' } });
  await send(platform, 'POST', '/api/auth/logout', { token, body: { refreshToken: renewed.refreshToken } });
  return { ...canaries, token, refresh: refreshToken };
}

async function searchAll(canaries: Canaries): Promise<Find[]> {
  const detector = createDetector(canaries);
  return [
    ...searchFiles(platform, detector),
    ...(await searchMetrics(platform, detector)),
    ...(await searchDatabase(platform, detector)),
  ];
}

beforeAll(async () => {
  platform = await startPlatform();
  const driver = await newDriver(platform);
  proper = await live(driver);
  await goOffline(platform, driver);
  const admin = await signIn(platform, ADMIN);
  const roles = ['rider', 'driver', 'support', 'admin'];
  stray = makeCanaries();
  statuses = await plantEverywhere(platform, { token: createForger(platform).valid(admin.id, { roles }) }, stray);
  const digester = await createDigester(platform);
  await digester.settled();
  await digester.close();
}, 180_000);

describe('the detector', () => {
  const canaries = makeCanaries();
  const detector = createDetector(canaries);

  it.each(KINDS)('finds every way of writing a canary: %s', (kind) => {
    const missed = Object.entries(ENCODINGS).filter(
      ([, encode]) => !detector.find(encode(canaries[kind])).some((sighting) => sighting.kind === kind),
    );
    expect(missed.map(([name]) => name)).toEqual([]);
  });

  it.each(['card', 'phone'] as const)('finds a number however it is grouped: %s', (kind) => {
    const missed = Object.entries(GROUPINGS).filter(
      ([, group]) => !detector.find(`x ${group(canaries[kind])} y`).some((sighting) => sighting.kind === kind),
    );
    expect(missed.map(([name]) => name)).toEqual([]);
  });

  it('finds a place that was rounded to ten metres', () => {
    const { latitude, longitude } = canaries;
    const kept = (text: string) => text.slice(0, text.indexOf('.') + 5);
    expect(detector.find(`{"lat":${kept(latitude)},"lng":${kept(longitude)}}`)).toHaveLength(2);
  });

  it('finds nothing where there is nothing', () => {
    const other = makeCanaries();
    const texts = Object.values(ENCODINGS).flatMap((encode) => KINDS.map((kind) => encode(other[kind])));
    expect(texts.flatMap((text) => detector.find(text))).toEqual([]);
  });
});

describe('what people entrust to the platform', () => {
  it('is where it belongs and nowhere else', async () => {
    const finds = await searchAll(proper);
    expect(strangers(finds, HOMES)).toEqual([]);
    // a search that finds nothing at home would prove nothing
    expect(emptyHomes(finds, HOMES)).toEqual([]);
  });
});

describe('what comes where it does not belong', () => {
  it('is refused without a failure', () => {
    expect(statuses.length).toBeGreaterThan(1_000);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
  });

  it('is kept nowhere', async () => {
    expect(strangers(await searchAll(stray), [])).toEqual([]);
  });
});
