import {
  addPaymentMethod,
  changeTripStatus,
  createPayment,
  createQuote,
  getTrip,
  listTripHistory,
  rateTrip,
  requestTrip,
} from '@rideshare/contracts';
import type { Person, Told } from './person.ts';
import { somePlace } from './places.ts';

/** Where riders show their start codes, and drivers look. */
export type StartCodes = Map<string, string>;

/** What each rider pays with: most have a card that works, some cash, some a card with a temper. */
const CARDS = [
  'tok_ok',
  'tok_ok',
  'tok_ok',
  'tok_timeout_before',
  'tok_timeout_after',
  'tok_5xx_after',
  'tok_slow',
  'tok_declined',
  undefined,
  undefined,
] as const;

const POLL_MS = 3_000;
const ENDED = new Set(['completed', 'cancelled', 'expired']);

interface TripBody {
  readonly id: string;
  readonly status: string;
  readonly startCode?: string;
}

/** Asks for one ride after the other until the city closes. */
export async function ride(rider: Person, codes: StartCodes, isOpen: () => boolean): Promise<void> {
  const { random } = rider;
  const token = CARDS[random.integer(CARDS.length)];
  const paymentMethodId = token === undefined ? undefined : await addCard(rider, token);
  const tripIds: string[] = [];
  while (isOpen()) {
    await rider.waitBetween(1_000, 40_000);
    if (!isOpen()) return;
    const trip = await request(rider, paymentMethodId);
    if (trip.code === 'PAYMENT_OUTSTANDING') await payDebts(rider, tripIds);
    const id = trip.status === 201 ? (trip.body as TripBody).id : await openTrip(rider, trip);
    if (id === undefined) continue;
    tripIds.push(id);
    await follow(rider, id, codes);
  }
}

async function addCard(rider: Person, token: string): Promise<string | undefined> {
  const { status, body } = await rider.ask(addPaymentMethod, { body: { gateway: 'sandbox', token } });
  return status === 201 ? (body as { readonly id: string }).id : undefined;
}

/** The ride of a rider who was not told that they have one. */
async function openTrip(rider: Person, { code, status }: Told): Promise<string | undefined> {
  if (status !== undefined && code !== 'RIDER_HAS_ACTIVE_TRIP') return undefined;
  const history = await rider.ask(listTripHistory, { query: { limit: 1 } });
  const [latest] = history.status === 200 ? (history.body as { readonly items: readonly TripBody[] }).items : [];
  return latest && !ENDED.has(latest.status) ? latest.id : undefined;
}

async function request(rider: Person, paymentMethodId: string | undefined): Promise<Told> {
  const [pickup, destination] = [somePlace(rider.random), somePlace(rider.random)];
  const quote = await rider.ask(createQuote, { body: { pickup, destination } });
  if (quote.status !== 201) return quote;
  await rider.waitBetween(0, 5_000);
  const { id: quoteId } = quote.body as { readonly id: string };
  const method = paymentMethodId === undefined ? {} : { paymentMethodId };
  const patienceMs = rider.random.chance(0.2) ? 0 : undefined;
  return rider.ask(requestTrip, { body: { quoteId, vehicleClass: 'economy', ...method } }, patienceMs);
}

/** Watches the trip to its end, shows the code, and now and then has enough of it. */
async function follow(rider: Person, id: string, codes: StartCodes): Promise<void> {
  const { random } = rider;
  const cancelsAtMs = random.chance(0.25) ? random.between(0, 120_000) : undefined;
  const beganMs = rider.now().getTime();
  for (let cancelled = false; ;) {
    await rider.wait(POLL_MS);
    const { status, body } = await rider.ask(getTrip, { params: { id } });
    if (status === 404) return; // the request was given up for good
    if (status !== 200) continue;
    const trip: TripBody = body;
    if (trip.startCode !== undefined) codes.set(id, trip.startCode);
    if (ENDED.has(trip.status)) {
      if (trip.status === 'completed' && random.chance(0.5)) {
        await rider.ask(rateTrip, { params: { id }, body: { stars: 1 + random.integer(5) } });
      }
      return;
    }
    if (cancelsAtMs !== undefined && !cancelled && rider.now().getTime() - beganMs > cancelsAtMs) {
      cancelled = true;
      await rider.ask(changeTripStatus, { params: { id }, body: { status: 'cancelled', reason: 'changed_my_mind' } });
    }
  }
}

/** Pays what is owed for the rides so far, the latest first, with a card that works. */
async function payDebts(rider: Person, tripIds: readonly string[]): Promise<void> {
  const methodId = await addCard(rider, 'tok_ok');
  if (methodId === undefined) return;
  for (const tripId of tripIds.toReversed()) {
    const { status } = await rider.ask(createPayment, { body: { tripId, methodId } });
    if (status === 201) return;
  }
}
