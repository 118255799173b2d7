import { eventually } from '@rideshare/testing';
import type { OfferRef } from '../../src/usecases/ports.ts';
import { RIDE } from './running-trip.ts';
import type { Person, RunningTrip } from './running-trip.ts';

/** The body of a trip, as far as tests look at it. */
export interface TripBody {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly startCode?: string;
  readonly [member: string]: unknown;
}

export async function quote(
  trip: RunningTrip,
  rider: Person,
): Promise<{ readonly id: string; readonly options: never[] }> {
  const answer = await trip.request().post('/api/quotes').set('Authorization', rider.bearer).send(RIDE).expect(201);
  return answer.body;
}

/** Asks for a ride at a fresh quote. */
export async function requestRide(trip: RunningTrip, rider: Person): Promise<TripBody> {
  const { id: quoteId } = await quote(trip, rider);
  const body = { quoteId, vehicleClass: 'economy' };
  const answer = await trip.request().post('/api/trips').set('Authorization', rider.bearer).send(body).expect(201);
  return answer.body;
}

/** The offer that dispatch makes to the driver. */
export function offerTo(trip: RunningTrip, driver: Person): Promise<OfferRef> {
  return eventually(() => trip.slots.openOffer(driver.id));
}

export function changeStatus(trip: RunningTrip, who: Person, tripId: string, body: object) {
  return trip.request().put(`/api/trips/${tripId}/status`).set('Authorization', who.bearer).send(body);
}

export function readTrip(trip: RunningTrip, who: Person, tripId: string) {
  return trip.request().get(`/api/trips/${tripId}`).set('Authorization', who.bearer);
}

export interface Journey {
  readonly rider: Person;
  readonly driver: Person;
  readonly tripId: string;
  readonly offer: OfferRef;
  readonly startCode: string;
}

/** A trip as far as `status`. */
export async function travelTo(
  trip: RunningTrip,
  status: 'accepted' | 'arrived' | 'in_progress' | 'completed',
): Promise<Journey> {
  const rider = await trip.person('rider');
  const { id: tripId } = await requestRide(trip, rider);
  const driver = await trip.driver();
  const offer = await offerTo(trip, driver);
  await changeStatus(trip, driver, tripId, { status: 'accepted', offerId: offer.offerId }).expect(200);
  const { body } = await readTrip(trip, rider, tripId).expect(200);
  const journey = { rider, driver, tripId, offer, startCode: body.startCode as string };
  if (status === 'accepted') return journey;
  await changeStatus(trip, driver, tripId, { status: 'arrived' }).expect(200);
  if (status === 'arrived') return journey;
  await changeStatus(trip, driver, tripId, { status: 'in_progress', startCode: journey.startCode }).expect(200);
  if (status === 'in_progress') return journey;
  await changeStatus(trip, driver, tripId, { status: 'completed' }).expect(200);
  return journey;
}
