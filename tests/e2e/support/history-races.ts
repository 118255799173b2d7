import { randomUUID } from 'node:crypto';
import type { TripActor } from '@rideshare/histories';
import { eventually, PLACES, send, succeed } from './client.ts';
import type { Actor, Answer } from './client.ts';
import { appending, judging, readingList, record, underOneKey } from './history-book.ts';
import type { HistoryBook } from './history-book.ts';
import type { Platform } from './platform.ts';
import type { Offer, Trip } from './trip.ts';

/** Where the races are run, and by whom. */
export interface Track {
  readonly platform: Platform;
  readonly book: HistoryBook;
  readonly admin: Actor;
  readonly drivers: readonly Actor[];
}

/** What gets in the way of a ride. */
export type Hindrance =
  'none' | 'cancelled_at_accept' | 'declined' | 'cancelled_at_arrival' | 'cancelled_at_start' | 'ended_by_admin';

/** Where the races begin: apart from where the drivers of other tests may still wait. */
export const START_PLACE = PLACES.destination;
const ROUTE = { pickup: START_PLACE, destination: PLACES.pickup };
const STATUS_OF = {
  accept: 'accepted',
  arrive: 'arrived',
  start: 'in_progress',
  complete: 'completed',
  cancel: 'cancelled',
};
const REACHED_AT = {
  ...{ acceptedAt: 'accepted', arrivedAt: 'arrived', startedAt: 'in_progress', completedAt: 'completed' },
  cancelledAt: 'cancelled',
} as const;
const STATUS_OF_EVENT: Readonly<Record<string, string>> = {
  ...{ 'trip.accepted': 'accepted', 'trip.arrived': 'arrived', 'trip.started': 'in_progress' },
  ...{ 'trip.completed': 'completed', 'trip.cancelled': 'cancelled' },
};

type Reached = Trip & Readonly<Record<keyof typeof REACHED_AT, string | null>>;

const judgeTrip = judging((body: Trip) => {
  const { driverId, status, version } = body;
  return { status, version, driverId };
});

interface Ride {
  readonly trip: Trip;
  readonly rider: Actor;
  readonly driver: Actor;
  readonly stranger: Actor;
  readonly offer: Offer;
}

function change(
  { book, platform }: Track,
  who: Actor,
  tripId: string,
  operation: keyof typeof STATUS_OF,
  input: TripActor & { readonly offerId?: string },
  more: Readonly<Record<string, unknown>> = {},
): Promise<Answer> {
  const { offerId, version } = input;
  const body = { status: STATUS_OF[operation], offerId, version, ...more };
  return record(book.trips, {
    ...{ key: tripId, operation, input, judge: judgeTrip },
    ask: () => send(platform, 'PUT', `/api/trips/${tripId}/status`, { token: who.token, body }),
  });
}

function readTrip({ book, platform }: Track, who: Actor, tripId: string, input: TripActor): Promise<Answer> {
  const ask = () => send(platform, 'GET', `/api/trips/${tripId}`, { token: who.token });
  const statuses = ({ body, status }: Answer) => (status === 200 ? statusesOf(body) : undefined);
  return readingList(
    book,
    tripId,
    () => record(book.trips, { key: tripId, operation: 'read', input, ask, judge: judgeTrip }),
    statuses,
  );
}

function statusesOf(trip: Reached): string[] {
  return Object.entries(REACHED_AT).flatMap(([member, status]) =>
    trip[member as keyof typeof REACHED_AT] === null ? [] : [status],
  );
}

/** Requests a ride by the same request three times at once, after a quote that another body tried to get at the key of. */
async function request(track: Track, rider: Actor): Promise<Trip> {
  const { book, platform } = track;
  const key = randomUUID();
  const other = { ...ROUTE, stops: [START_PLACE] };
  await underOneKey(platform, book, rider, '/api/quotes', { key, bodies: [ROUTE, ROUTE, other, ROUTE] });
  const [quoted] = await underOneKey(platform, book, rider, '/api/quotes', { key, bodies: [ROUTE] });
  // whichever of the two bodies came first has the key
  const quoteId =
    quoted?.status === 201
      ? (quoted.body as { id: string }).id
      : (await succeed<{ id: string }>(platform, 'POST', '/api/quotes', { token: rider.token, body: ROUTE })).id;
  const body = { quoteId, vehicleClass: 'economy' };
  const wish = { key: randomUUID(), bodies: [body, body, body] };
  await underOneKey(platform, book, rider, '/api/trips', wish);
  return eventually<Trip>('the trip', async () => {
    const [again] = await underOneKey(platform, book, rider, '/api/trips', { ...wish, bodies: [body] });
    return again?.status === 201 ? again.body : undefined;
  });
}

/** Says where a driver is: whoever has not done so for two minutes gets no offers. */
function report(platform: Platform, { id, token }: Actor): Promise<unknown> {
  const points = [{ ...START_PLACE, recordedAt: new Date().toISOString() }];
  return succeed(platform, 'POST', `/api/drivers/${id}/location`, { token, body: { points } });
}

async function untilOfferedToAny({ drivers, platform }: Track, tripId: string) {
  return eventually('the offer', async () => {
    for (const driver of drivers) {
      const target = `/api/drivers/${driver.id}/offers`;
      const { items } = await succeed<{ items: Offer[] }>(platform, 'GET', target, { token: driver.token });
      const offer = items.find((each) => each.tripId === tripId);
      if (offer) return { driver, offer };
    }
    return undefined;
  });
}

/** Everybody who wants a trip somewhere at the same time. */
async function race(
  track: Track,
  { driver, offer, rider, stranger, trip }: Ride,
  operation: 'accept' | 'arrive' | 'start' | 'complete',
  rivals: {
    readonly cancelledBy?: 'rider' | 'admin';
    readonly declines?: boolean;
    readonly startCode?: string | undefined;
  },
): Promise<Reached> {
  const { admin, book, platform } = track;
  const offered = operation === 'accept' ? { offerId: offer.offerId } : {};
  const more = rivals.startCode === undefined ? {} : { startCode: rivals.startCode };
  const as = (one: Actor): TripActor & { offerId?: string } => ({ by: 'driver', driverId: one.id, ...offered });
  const version = { accept: 1, arrive: 2, start: 3, complete: 4 }[operation];
  const step = (one: Actor, input: TripActor) => change(track, one, trip.id, operation, { ...as(one), ...input }, more);
  const everything: Promise<unknown>[] = [
    appending(book, trip.id, STATUS_OF[operation], () => [
      step(driver, as(driver)),
      step(driver, { ...as(driver), version }),
      step(stranger, as(stranger)),
    ]),
    readTrip(track, rider, trip.id, { by: 'rider' }),
    readTrip(track, admin, trip.id, { by: 'admin' }),
  ];
  const by = rivals.cancelledBy;
  if (by) {
    const cancel = () => change(track, by === 'rider' ? rider : admin, trip.id, 'cancel', { by });
    everything.push(appending(book, trip.id, 'cancelled', () => [cancel(), cancel()]));
  }
  if (rivals.declines) {
    const target = `/api/trips/${trip.id}/offers/${offer.offerId}/decline`;
    everything.push(send(platform, 'POST', target, { token: driver.token }));
  }
  await Promise.all(everything);
  return (await readTrip(track, rider, trip.id, { by: 'rider' })).body;
}

/** One ride, everything of it wanted by several at once; where it ended. */
export async function raceRide(track: Track, rider: Actor, hindrance: Hindrance): Promise<Trip> {
  await Promise.all(track.drivers.map((driver) => report(track.platform, driver)));
  const requested = await request(track, rider);
  const { driver, offer } = await untilOfferedToAny(track, requested.id);
  const stranger = track.drivers.find(({ id }) => id !== driver.id) ?? driver;
  const ride: Ride = { trip: requested, rider, driver, offer, stranger };
  const when = (what: Hindrance, by: 'rider' | 'admin') => (hindrance === what ? { cancelledBy: by } : {});
  let trip = await race(track, ride, 'accept', {
    ...when('cancelled_at_accept', 'rider'),
    declines: hindrance === 'declined',
  });
  if (trip.status === 'accepted') trip = await race(track, ride, 'arrive', when('cancelled_at_arrival', 'rider'));
  if (trip.status === 'arrived') {
    const { startCode } = trip;
    trip = await race(track, ride, 'start', { ...when('cancelled_at_start', 'rider'), startCode });
  }
  if (trip.status === 'in_progress') trip = await race(track, ride, 'complete', when('ended_by_admin', 'admin'));
  if (trip.status === 'requested') {
    const cancel = () => change(track, rider, trip.id, 'cancel', { by: 'rider' });
    await appending(track.book, trip.id, 'cancelled', () => [cancel(), cancel()]);
    trip = (await readTrip(track, rider, trip.id, { by: 'rider' })).body;
  }
  await readTimeline(track, trip);
  if (trip.status === 'completed') await raceRefunds(track, rider, trip);
  return trip;
}

/** The flight recorder lags; once it knows the end, it has to know the rest, in order. */
async function readTimeline(track: Track, trip: Reached): Promise<void> {
  interface Timeline {
    readonly entries: readonly { readonly type: string }[];
  }
  const { admin, book, platform } = track;
  const target = `/api/trips/${trip.id}/timeline`;
  const read = () => succeed<Timeline>(platform, 'GET', target, { token: admin.token });
  const statuses = ({ entries }: Timeline) => entries.flatMap(({ type }) => STATUS_OF_EVENT[type] ?? []);
  await eventually('the end in the timeline', async () => statuses(await read()).includes(trip.status) || undefined);
  await readingList(book, trip.id, read, statuses);
}

interface Payment {
  readonly id: string;
  readonly status: string;
  readonly captured: { readonly amount: number };
  readonly refunded: { readonly amount: number };
}

const judgePayment = judging(({ items: [payment] }: { readonly items: readonly Payment[] }) => ({
  status: payment?.status ?? 'pending',
  captured: payment?.captured.amount ?? 0,
  refunded: payment?.refunded.amount ?? 0,
}));

function readPayment({ book, platform }: Track, who: Actor, tripId: string): Promise<Answer> {
  return record(book.payments, {
    ...{ key: tripId, operation: 'read', input: null, judge: judgePayment },
    ask: () => send(platform, 'GET', `/api/payments?tripId=${tripId}`, { token: who.token }),
  });
}

/** Refunds that together are more than what there is, some of them the same request, while others look on. */
async function raceRefunds(track: Track, rider: Actor, { id: tripId }: Trip): Promise<void> {
  const { admin, book, platform } = track;
  const payment = await eventually('the capture', async () => {
    const { body } = await readPayment(track, rider, tripId);
    const [found] = (body as { items: Payment[] }).items;
    return found?.status === 'captured' ? found : undefined;
  });
  const captured = payment.captured.amount;
  const bodyOf = (amount: number | null) => ({
    ...{ paymentId: payment.id, reason: 'a race' },
    ...(amount === null ? {} : { amount: { amount, currency: 'EUR' } }),
  });
  const refund = (amount: number | null, ask: () => Promise<Answer>) =>
    record(book.payments, {
      ...{ key: tripId, operation: 'refund', input: { amount }, ask },
      judge: judging((body: { amount: { amount: number } }) => ({ amount: body.amount.amount })),
    });
  const plain = (amount: number | null) =>
    refund(amount, () => send(platform, 'POST', '/api/payments/refund', { token: admin.token, body: bodyOf(amount) }));
  const part = Math.floor(captured * 0.3);
  const keyed = refund(part, async () => {
    const same = { key: randomUUID(), bodies: [bodyOf(part), bodyOf(part), bodyOf(part)] };
    await underOneKey(platform, book, admin, '/api/payments/refund', same);
    return eventually('the answer to a refund', async () => {
      const again = { ...same, bodies: [bodyOf(part)] };
      const [answer] = await underOneKey(platform, book, admin, '/api/payments/refund', again);
      return answer && (answer.status === 201 || (answer.body as { code: string }).code === 'REFUND_EXCEEDS_CAPTURE')
        ? answer
        : undefined;
    });
  });
  await Promise.all([plain(part), plain(part), keyed, plain(part), readPayment(track, rider, tripId)]);
  await Promise.all([plain(null), plain(null), plain(1), readPayment(track, rider, tripId)]);
  await eventually('the refund of everything', async () => {
    const { body } = await readPayment(track, rider, tripId);
    return (body as { items: Payment[] }).items[0]?.status === 'refunded' || undefined;
  });
}
