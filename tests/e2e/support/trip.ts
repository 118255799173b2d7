import { eventually, PLACES, succeed } from './client.ts';
import type { Actor } from './client.ts';
import { look } from './gate.ts';
import type { Platform } from './platform.ts';

/** A trip as its parties see it. */
export interface Trip {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly driverId: string | null;
  readonly fare: { readonly amount: number; readonly currency: string };
  readonly startCode?: string;
}

/** An offer as its driver sees it. */
export interface Offer {
  readonly offerId: string;
  readonly tripId: string;
  readonly expiresAt: string;
}

/** Asks for a ride at a quoted price. */
export async function requestTrip(platform: Platform, rider: Actor, paymentMethodId?: string): Promise<Trip> {
  const { token } = rider;
  const quote = await succeed<{ id: string }>(platform, 'POST', '/api/quotes', { token, body: PLACES });
  const body = {
    quoteId: quote.id,
    vehicleClass: 'economy',
    ...(paymentMethodId === undefined ? {} : { paymentMethodId }),
  };
  return succeed<Trip>(platform, 'POST', '/api/trips', { token, body });
}

/** Waits until the driver is offered the trip. */
export function untilOffered(platform: Platform, driver: Actor, tripId: string): Promise<Offer> {
  return eventually('the offer', async () => {
    const target = `/api/drivers/${driver.id}/offers`;
    const { items } = await succeed<{ items: Offer[] }>(platform, 'GET', target, { token: driver.token });
    return items.find((offer) => offer.tripId === tripId);
  });
}

/** One step of a trip by one of its parties. */
export function step(
  platform: Platform,
  actor: Actor,
  tripId: string,
  body: Readonly<Record<string, unknown>>,
): Promise<Trip> {
  return succeed<Trip>(platform, 'PUT', `/api/trips/${tripId}/status`, { token: actor.token, body });
}

/** Reads a trip. */
export function readTrip(platform: Platform, actor: Actor, tripId: string): Promise<Trip> {
  return succeed<Trip>(platform, 'GET', `/api/trips/${tripId}`, { token: actor.token });
}

/** Accepts, arrives, starts with the rider's code and completes. */
export async function drive(platform: Platform, rider: Actor, driver: Actor, offer: Offer): Promise<Trip> {
  await setOut(platform, rider, driver, offer);
  return step(platform, driver, offer.tripId, { status: 'completed' });
}

/** The driver takes the trip by the offer and sets out with the rider. */
export async function setOut(platform: Platform, rider: Actor, driver: Actor, offer: Offer): Promise<void> {
  const { offerId, tripId } = offer;
  await step(platform, driver, tripId, { status: 'accepted', offerId });
  await step(platform, driver, tripId, { status: 'arrived' });
  const { startCode } = await readTrip(platform, rider, tripId);
  await step(platform, driver, tripId, { status: 'in_progress', startCode });
}

/** A payment as its rider sees it. */
export interface Payment {
  readonly id: string;
  readonly status: string;
  readonly captured: { readonly amount: number };
  readonly refunded: { readonly amount: number };
  readonly method: { readonly kind: string };
}

/** Waits until the payment of a trip is in one of these states. */
export function untilPayment(
  platform: Platform,
  rider: Actor,
  tripId: string,
  statuses: readonly string[],
): Promise<Payment> {
  return eventually(`the payment's ${statuses.join(' or ')}`, async () => {
    const target = `/api/payments?tripId=${tripId}`;
    const { items } = await succeed<{ items: Payment[] }>(platform, 'GET', target, { token: rider.token });
    return items.find(({ status }) => statuses.includes(status));
  });
}

/** Ends every ride that waits for a driver: the dispatcher writes down for as long as it looks for one. */
export async function endWaitingTrips(platform: Platform, admin: Actor): Promise<void> {
  const waiting = await look<{ id: string }>(platform, `select id from trip.trips where status = 'requested'`);
  for (const { id } of waiting) {
    const body = { status: 'cancelled', reason: 'nobody waits for it any more' };
    // it may have expired meanwhile
    await succeed(platform, 'PUT', `/api/trips/${id}/status`, { token: admin.token, body }).catch(() => undefined);
  }
  await eventually('the end of all waiting', async () => {
    const left = await look(platform, `select from trip.trips where status = 'requested'`);
    return left.length === 0 || undefined;
  });
}
