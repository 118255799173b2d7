import {
  changeTripStatus,
  declineOffer,
  getTrip,
  listOffers,
  registerDriver,
  reportLocation,
  reviewDocument,
  setDriverStatus,
  submitDocument,
} from '@rideshare/contracts';
import type { Person } from './person.ts';
import { somePlace } from './places.ts';
import type { Place } from './places.ts';
import type { StartCodes } from './rider.ts';

const DOCUMENTS = ['driving_license', 'vehicle_registration', 'insurance'] as const;
const POLL_MS = 2_000;
const LOCATION_MS = 10_000;
const CODE_TRIES = 40;
const LOOK_MS = 5_000;
/** For longer than the sweep of the slots takes to finish what was begun. */
const LOOKS = 24;

interface Offer {
  readonly offerId: string;
  readonly tripId: string;
}

/** Becomes a driver with papers in order; false when the platform would not have it. */
export async function becomeDriver(driver: Person, admin: Person): Promise<boolean> {
  const vehicle = {
    make: 'Seat',
    model: 'Leon',
    year: 2023,
    plate: driver.id.slice(-8),
    color: 'red',
    class: 'economy',
  } as const;
  const registered = await driver.ask(registerDriver, {
    body: { licenseNumber: `L-${driver.id.slice(-12)}`, vehicle },
  });
  if (registered.status !== 201) return false;
  for (const type of DOCUMENTS) {
    const params = { id: driver.id };
    const submitted = await driver.ask(submitDocument, {
      params,
      body: { type, number: `N-${driver.id.slice(-8)}`, expiresOn: '2035-12-31' },
    });
    if (submitted.status !== 201) return false;
    const { id: documentId } = submitted.body as { readonly id: string };
    const review = { params: { ...params, documentId }, body: { decision: 'approve' as const } };
    if ((await admin.ask(reviewDocument, review)).status !== 200) return false;
  }
  return true;
}

/** Works until the city closes: waits for offers, mostly takes them, and drives them to their end. */
export async function work(driver: Person, codes: StartCodes, isOpen: () => boolean): Promise<void> {
  const { random } = driver;
  const params = { id: driver.id };
  const place = somePlace(random);
  let locatedMs = Number.NEGATIVE_INFINITY;
  const locate = async (): Promise<void> => {
    const now = driver.now();
    if (now.getTime() - locatedMs < LOCATION_MS) return;
    locatedMs = now.getTime();
    await report(driver, place, now);
  };
  await locate();
  await driver.ask(setDriverStatus, { params, body: { status: 'available' } });
  while (isOpen()) {
    await driver.wait(POLL_MS);
    await locate();
    if (random.chance(0.003)) {
      await driver.ask(setDriverStatus, { params, body: { status: 'offline' } });
      await driver.waitBetween(5_000, 60_000);
    }
    const offers = await driver.ask(listOffers, { params });
    const [offer] = offers.status === 200 ? (offers.body as { readonly items: readonly Offer[] }).items : [];
    if (!offer) {
      // after a ride, a sweep or a break; it changes nothing for who is available already
      if (random.chance(0.2)) await driver.ask(setDriverStatus, { params, body: { status: 'available' } });
      continue;
    }
    await consider(driver, offer, codes);
  }
}

async function report(driver: Person, { lat, lng }: Place, at: Date): Promise<void> {
  const points = [{ lat, lng, recordedAt: at.toISOString() }];
  await driver.ask(reportLocation, { params: { id: driver.id }, body: { points } });
}

async function consider(driver: Person, { offerId, tripId }: Offer, codes: StartCodes): Promise<void> {
  const { random } = driver;
  const mood = random.next();
  await driver.waitBetween(0, mood < 0.05 ? 30_000 : 6_000);
  if (mood > 0.92) return; // does not look at the telephone
  if (mood > 0.82) {
    await driver.ask(declineOffer, { params: { id: tripId, offerId } });
    return;
  }
  // an application that dies asks once, and looks later whether it has the ride
  const accepted = await change(driver, tripId, { status: 'accepted', offerId }, random.chance(0.3) ? 0 : undefined);
  if (accepted === 200 || (accepted === undefined && (await hasRide(driver, tripId))))
    await drive(driver, tripId, codes);
}

async function hasRide(driver: Person, id: string): Promise<boolean> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    await driver.wait(LOOK_MS);
    const { status, body } = await driver.ask(getTrip, { params: { id } });
    if (status === 200) return (body as { readonly driverId: string | null }).driverId === driver.id;
  }
  return false;
}

async function drive(driver: Person, tripId: string, codes: StartCodes): Promise<void> {
  const { random } = driver;
  await driver.waitBetween(5_000, 40_000);
  if (random.chance(0.05)) {
    await change(driver, tripId, { status: 'cancelled', reason: 'car_trouble' });
    return;
  }
  if ((await change(driver, tripId, { status: 'arrived' })) !== 200) return;
  let startCode = codes.get(tripId);
  for (let tries = 0; startCode === undefined && tries < CODE_TRIES; tries += 1) {
    await driver.wait(POLL_MS);
    startCode = codes.get(tripId);
  }
  if (startCode === undefined) {
    await change(driver, tripId, { status: 'cancelled', reason: 'rider_no_show' });
    return;
  }
  if ((await change(driver, tripId, { status: 'in_progress', startCode })) !== 200) return;
  await driver.waitBetween(20_000, 120_000);
  await change(driver, tripId, { status: 'completed' });
}

interface Change {
  readonly status: 'accepted' | 'arrived' | 'in_progress' | 'completed' | 'cancelled';
  readonly offerId?: string;
  readonly startCode?: string;
  readonly reason?: string;
}

async function change(driver: Person, id: string, body: Change, patienceMs?: number): Promise<number | undefined> {
  return (await driver.ask(changeTripStatus, { params: { id }, body }, patienceMs)).status;
}
