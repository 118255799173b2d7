import { ADMIN, goOffline, newDriver, newRider, signIn, succeed } from './client.ts';
import type { Actor } from './client.ts';
import { createForger } from './forge.ts';
import type { Platform } from './platform.ts';
import { NOBODY } from './scene.ts';
import { serviceTokenOf } from './token-workshop.ts';
import { drive, requestTrip, untilOffered, untilPayment } from './trip.ts';

/** Everybody who may come to the door. */
export const PRINCIPALS = [
  'anonymous',
  'rider',
  'otherRider',
  'driver',
  'otherDriver',
  'support',
  'admin',
  'suspended',
  'deactivated',
  'expired',
  'service',
] as const;
/** One of {@link PRINCIPALS}. */
export type PrincipalName = (typeof PRINCIPALS)[number];

/** Who makes a request, and by which token. */
export interface Principal {
  readonly name: PrincipalName;
  /** The person behind the token; services and nobody are none. */
  readonly person?: Actor;
  readonly token?: string;
}

/** One ride with all that belongs to it. */
export interface Ride {
  readonly rider: Actor;
  readonly driver: Actor;
  readonly tripId: string;
  readonly offerId: string;
  readonly paymentId: string;
  readonly methodId: string;
  readonly documentId: string;
}

/** All principals, and two rides that have nothing in common. */
export interface Cast {
  readonly principals: readonly Principal[];
  readonly rides: readonly [Ride, Ride];
  readonly admin: Actor;
}

async function ride(platform: Platform, [rider, driver]: readonly [Actor, Actor]): Promise<Ride> {
  const { token } = rider;
  const body = { gateway: 'sandbox', token: 'tok_ok' };
  const method = await succeed<{ id: string }>(platform, 'POST', '/api/payments/methods', { token, body });
  const trip = await requestTrip(platform, rider, method.id);
  const offer = await untilOffered(platform, driver, trip.id);
  await drive(platform, rider, driver, offer);
  const payment = await untilPayment(platform, rider, trip.id, ['captured']);
  const profile = await succeed<{ documents: { id: string }[] }>(platform, 'GET', `/api/drivers/${driver.id}`, {
    token: driver.token,
  });
  await goOffline(platform, driver);
  const [tripId, paymentId, methodId] = [trip.id, payment.id, method.id];
  return {
    ...{ rider, driver, tripId, paymentId, methodId, offerId: offer.offerId },
    documentId: profile.documents[0]?.id ?? NOBODY,
  };
}

/** Everybody, with the tokens that they would hold. Roles that no API gives are put into tokens with the platform's key. */
export async function makeCast(platform: Platform): Promise<Cast> {
  const [admin, rider, otherRider, supporter, operator, suspended, leaver] = await Promise.all([
    signIn(platform, ADMIN),
    ...Array.from({ length: 6 }, () => newRider(platform)),
  ]);
  if (!rider || !otherRider || !supporter || !operator || !suspended || !leaver) throw new Error('no cast');
  const driver = await newDriver(platform);
  const first = await ride(platform, [rider, driver]);
  const otherDriver = await newDriver(platform);
  const second = await ride(platform, [otherRider, otherDriver]);
  const suspension = { token: admin.token, body: { suspended: true, reason: 'to be tried' } };
  await succeed(platform, 'PUT', `/api/users/${suspended.id}/suspension`, suspension);
  await succeed(platform, 'DELETE', `/api/users/${leaver.id}`, { token: leaver.token });
  const { valid } = createForger(platform);
  const withRoles = (person: Actor, ...roles: string[]): { readonly person: Actor; readonly token: string } => ({
    person,
    token: valid(person.id, { roles: ['rider', ...roles] }),
  });
  const nowS = Math.floor(Date.now() / 1000);
  return {
    admin,
    rides: [first, second],
    principals: [
      { name: 'anonymous' },
      { name: 'rider', person: rider, token: rider.token },
      { name: 'otherRider', person: otherRider, token: otherRider.token },
      { name: 'driver', ...withRoles(driver, 'driver') },
      { name: 'otherDriver', ...withRoles(otherDriver, 'driver') },
      { name: 'support', ...withRoles(supporter, 'support') },
      { name: 'admin', ...withRoles(operator, 'admin') },
      { name: 'suspended', person: suspended, token: suspended.token },
      { name: 'deactivated', person: leaver, token: leaver.token },
      { name: 'expired', person: rider, token: valid(rider.id, { iat: nowS - 1_000, exp: nowS - 100 }) },
      { name: 'service', token: serviceTokenOf(platform, 'trip') },
    ],
  };
}
