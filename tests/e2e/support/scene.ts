import { ADMIN, newDriver, newRider, PLACES, signIn, succeed } from './client.ts';
import type { Actor } from './client.ts';
import type { Platform } from './platform.ts';
import { drive, requestTrip, untilOffered, untilPayment } from './trip.ts';

/** An id that nothing has. */
export const NOBODY = '01900000-0000-7000-8000-00000000dead';

/** What the refused requests are about: one ride by card with all that belongs to it, and somebody it does not. */
export interface Scene {
  readonly owner: Actor;
  readonly driver: Actor;
  readonly stranger: Actor;
  readonly admin: Actor;
  readonly tripId: string;
  readonly offerId: string;
  readonly paymentId: string;
  readonly methodId: string;
  readonly documentId: string;
  readonly quoteId: string;
}

/** Puts the ids of the scene into a path or a body. */
export function fill<T>(scene: Scene, template: T): T {
  const known: Readonly<Record<string, string>> = {
    '{owner}': scene.owner.id,
    '{driver}': scene.driver.id,
    '{ownerEmail}': scene.owner.email,
    '{trip}': scene.tripId,
    '{offer}': scene.offerId,
    '{payment}': scene.paymentId,
    '{method}': scene.methodId,
    '{document}': scene.documentId,
    '{quote}': scene.quoteId,
    '{nobody}': NOBODY,
  };
  const text = JSON.stringify(template).replaceAll(/\{[a-zA-Z]+\}/g, (name) => known[name] ?? name);
  return JSON.parse(text) as T;
}

/** Everything that a refused request could have changed. */
export async function snapshot(platform: Platform, scene: Scene): Promise<unknown> {
  const { driver, owner, paymentId, tripId } = scene;
  const read = (actor: Actor, target: string) => succeed<unknown>(platform, 'GET', target, { token: actor.token });
  return {
    user: await read(owner, `/api/users/${owner.id}`),
    preferences: await read(owner, `/api/users/${owner.id}/preferences`),
    methods: await read(owner, '/api/payments/methods'),
    trip: await read(owner, `/api/trips/${tripId}`),
    history: await read(owner, '/api/trips/history'),
    receipt: await read(owner, `/api/trips/${tripId}/receipt`),
    payment: await read(owner, `/api/payments/${paymentId}`),
    driver: await read(driver, `/api/drivers/${driver.id}`),
  };
}

/** Sets the scene: a ride by card that was taken, paid and rated. */
export async function makeScene(platform: Platform): Promise<Scene> {
  const [owner, stranger, admin] = [await newRider(platform), await newRider(platform), await signIn(platform, ADMIN)];
  const driver = await newDriver(platform);
  const method = await succeed<{ id: string }>(platform, 'POST', '/api/payments/methods', {
    token: owner.token,
    body: { gateway: 'sandbox', token: 'tok_ok' },
  });
  const trip = await requestTrip(platform, owner);
  const offer = await untilOffered(platform, driver, trip.id);
  await drive(platform, owner, driver, offer);
  const payment = await untilPayment(platform, owner, trip.id, ['captured']);
  await succeed(platform, 'POST', `/api/trips/${trip.id}/rating`, { token: owner.token, body: { stars: 5 } });
  const quote = await succeed<{ id: string }>(platform, 'POST', '/api/quotes', { token: owner.token, body: PLACES });
  const profile = await succeed<{ documents: { id: string }[] }>(platform, 'GET', `/api/drivers/${driver.id}`, {
    token: driver.token,
  });
  return {
    ...{ owner, stranger, admin, driver, tripId: trip.id, offerId: offer.offerId },
    ...{ paymentId: payment.id, methodId: method.id, quoteId: quote.id, documentId: profile.documents[0]?.id ?? '' },
  };
}
