/**
 * A kill -9 between any two persisted steps of the sagas. Each ride of a test is held at a place of its own, right before
 * something is written; then the process is killed, and whoever comes after it finishes what was begun.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ADMIN, eventually, goAvailable, goOffline, newRider, send, signIn, succeed } from './support/client.ts';
import type { Actor } from './support/client.ts';
import { look } from './support/gate.ts';
import type { Gates, Place } from './support/gate.ts';
import * as paidOnce from './support/paid-once.ts';
import { runTool, startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import * as saga from './support/saga.ts';
import { atEachPlace, slotIs, tripIs, untilSlotIs } from './support/saga.ts';
import type { Held, Party, Ride } from './support/saga.ts';
import { drive, readTrip, requestTrip, setOut, step, untilOffered, untilPayment } from './support/trip.ts';
import type { Offer, Trip } from './support/trip.ts';

let platform: Platform;
let admin: Actor;
let drivers: Actor[] = [];
let closed: Gates[] = [];

async function newParty(): Promise<Party> {
  const party = await saga.newParty(platform);
  drivers.push(party.driver);
  return party;
}

async function newParties(count: number): Promise<Party[]> {
  const parties: Party[] = [];
  while (parties.length < count) parties.push(await newParty());
  return parties;
}

const offered = (party: Party) => saga.offered(platform, party);

async function begun(party: Party): Promise<Ride> {
  const ride = await offered(party);
  await setOut(platform, ride.rider, ride.driver, ride.offer);
  return ride;
}

const complete = (ride: Ride) => saga.complete(platform, ride);
const killAt = <T>(service: string, ...held: readonly Held<T>[]) => saga.killAt(platform, service, closed, held);
const doneByGateway = (ride: Pick<Ride, 'trip'>) => paidOnce.doneByGateway(platform, ride);
const expectPaidOnce = (ride: Ride) => paidOnce.expectPaidOnce(platform, admin, ride);

beforeAll(async () => {
  platform = await startPlatform();
}, 150_000);

beforeEach(async () => {
  admin = await signIn(platform, ADMIN);
});

afterEach(async () => {
  for (const gates of closed) await gates.open();
  closed = [];
  for (const driver of drivers) await goOffline(platform, driver);
  drivers = [];
});

describe('the payment service, killed before each step', () => {
  it('of a hold, of a capture and of a refund, takes and gives back the money once', async () => {
    const parties = await newParties(4);
    const rides: Ride[] = [];
    await killAt(
      'payment',
      ...atEachPlace({ op: 'hold', goal: 'hold', sandbox: 'authorize' }, parties, async ({ rider }, index) => {
        const trip = await requestTrip(platform, rider);
        const ride = { rider, trip, ...(await saga.whoeverIsOffered(platform, drivers, trip.id)) };
        rides[index] = ride;
        await setOut(platform, rider, ride.driver, ride.offer);
      }),
    );
    for (const { rider, trip } of rides) await untilPayment(platform, rider, trip.id, ['authorized']);
    for (const ride of rides) expect(await doneByGateway(ride)).toEqual({ authorize: 1 });

    await killAt('payment', ...atEachPlace({ op: 'capture', goal: 'capture', sandbox: 'capture' }, rides, complete));
    for (const ride of rides) await expectPaidOnce(ride);

    const payments: string[] = [];
    for (const { rider, trip } of rides) payments.push((await untilPayment(platform, rider, trip.id, ['captured'])).id);
    await killAt(
      'payment',
      ...atEachPlace({ op: 'refund', goal: 'capture', sandbox: 'refund' }, rides, (_ride, index) => {
        const body = { paymentId: payments[index], reason: 'a test' };
        return succeed(platform, 'POST', '/api/payments/refund', { token: admin.token, body });
      }),
    );
    for (const ride of rides) {
      const payment = await untilPayment(platform, ride.rider, ride.trip.id, ['refunded']);
      expect(payment.refunded).toEqual(payment.captured);
      expect(await doneByGateway(ride)).toEqual({ authorize: 1, capture: 1, refund: 1 });
    }
  });

  it('of a void, lets the hold go once', async () => {
    const rides: Pick<Ride, 'rider' | 'trip'>[] = [];
    for (const { driver, rider } of await newParties(4)) {
      await goOffline(platform, driver); // nobody is offered these
      const trip = await requestTrip(platform, rider);
      await untilPayment(platform, rider, trip.id, ['authorized']);
      rides.push({ rider, trip });
    }
    const body = { status: 'cancelled', reason: 'changed_my_mind' };
    await killAt(
      'payment',
      ...atEachPlace({ op: 'void', goal: 'void', sandbox: 'void' }, rides, ({ rider, trip }) =>
        step(platform, rider, trip.id, body),
      ),
    );
    for (const ride of rides) {
      await untilPayment(platform, ride.rider, ride.trip.id, ['voided']);
      expect(await doneByGateway(ride)).toEqual({ authorize: 1, void: 1 });
    }
  });
});

describe('the trip service, killed before it', () => {
  it('writes a request, takes its driver, or ends the ride, does so later and once', async () => {
    const [first, second, third] = [await newParty(), await newParty(), await newParty()] as const;
    for (const party of [first, second, third]) await goOffline(platform, party.driver);
    await goAvailable(platform, third.driver);
    const ending = await begun(third);
    await goAvailable(platform, second.driver);
    const accepting = await offered(second);
    const requested = `new.rider_id = '${first.rider.id}'`;
    const [, , trip] = await killAt<Trip | undefined>(
      'trip',
      [tripIs(ending, 'completed'), () => complete(ending)],
      [
        tripIs(accepting, 'accepted'),
        async () => {
          // never repeated: the sweep of the slots has to finish it
          const body = { status: 'accepted', offerId: accepting.offer.offerId };
          await send(platform, 'PUT', `/api/trips/${accepting.trip.id}/status`, { token: second.driver.token, body });
          return undefined;
        },
      ],
      [{ table: 'trip.trips', when: requested }, () => requestTrip(platform, first.rider)],
    );
    await expectPaidOnce(ending);
    await eventually('the acceptance', async () => {
      const { driverId, status } = await readTrip(platform, second.rider, accepting.trip.id);
      return status === 'accepted' && driverId === second.driver.id ? true : undefined;
    });
    await untilSlotIs(platform, second, 'settled');
    await step(platform, second.rider, accepting.trip.id, { status: 'cancelled', reason: 'a test' });
    const active = await look<{ id: string }>(platform, `select id from trip.trips where rider_id = $1`, [
      first.rider.id,
    ]);
    expect(active).toEqual([{ id: trip?.id }]);
    await step(platform, first.rider, trip?.id ?? '', { status: 'cancelled', reason: 'a test' });
  });

  it('hears that its offer was made, takes the driver by that offer, and a cancelled ride frees them', async () => {
    const party = await newParty();
    let trip: Trip | undefined;
    // the driver service goes on, and its answer finds nobody
    await killAt('trip', [
      { ...slotIs(party, `new.state = 'offered'`), goesThrough: true },
      async () => {
        trip = await requestTrip(platform, party.rider);
      },
    ]);
    const offer = await untilOffered(platform, party.driver, trip?.id ?? '');
    const made = await look(platform, 'select offer_id from driver.offers where trip_id = $1', [offer.tripId]);
    expect(made).toEqual([{ offer_id: offer.offerId }]);
    await readTrip(platform, party.rider, offer.tripId); // the next process answers
    const ride = { ...party, trip: trip!, offer };
    await killAt('trip', [
      tripIs(ride, 'accepted'),
      async () => {
        const body = { status: 'accepted', offerId: offer.offerId };
        await send(platform, 'PUT', `/api/trips/${offer.tripId}/status`, { token: party.driver.token, body });
      },
    ]);
    await step(platform, party.rider, offer.tripId, { status: 'cancelled', reason: 'changed_my_mind' });
    await untilSlotIs(platform, party, 'available');
  });
});

describe('the driver service, killed before it', () => {
  it('writes an offer, its acceptance or its settlement, lets the rides go on', async () => {
    const [first, second, third] = [await newParty(), await newParty(), await newParty()] as const;
    for (const party of [second, third]) await goOffline(platform, party.driver);
    let offer: Promise<Offer> | undefined;
    const trips: Trip[] = [];
    const accepting = await offered(first);
    await goAvailable(platform, second.driver);
    const settling = await offered(second);
    await goAvailable(platform, third.driver);
    const accept = ({ driver, offer: { offerId, tripId } }: Ride) =>
      step(platform, driver, tripId, { status: 'accepted', offerId });
    await killAt<unknown>(
      'driver',
      [slotIs(first, `new.state = 'assigned'`), () => accept(accepting)],
      [
        slotIs(third, `new.state = 'offered'`),
        async () => {
          const trip = await requestTrip(platform, third.rider);
          trips.push(trip);
          offer = untilOffered(platform, third.driver, trip.id);
        },
      ],
      [slotIs(second, 'new.settled and not old.settled'), () => accept(settling)],
    );
    await untilSlotIs(platform, second, 'settled');
    const driven = { ...third, trip: trips[0]!, offer: (await offer)! };
    await drive(platform, third.rider, third.driver, driven.offer);
    await expectPaidOnce(driven);
    for (const ride of [accepting, settling]) {
      const { driverId } = await readTrip(platform, ride.rider, ride.trip.id);
      expect(driverId).toBe(ride.driver.id);
      await step(platform, ride.rider, ride.trip.id, { status: 'cancelled', reason: 'a test' });
    }
  });
});

describe('an account', () => {
  it('becomes a driver, or is closed with its ride and its work, though who does it or hears of it is killed', async () => {
    const { driver, rider } = await newParty();
    await goOffline(platform, driver);
    drivers = [];
    const [first, second, other] = [await newRider(platform), await newRider(platform), await newRider(platform)];
    const trips = [await requestTrip(platform, rider), await requestTrip(platform, other)];
    const register = ({ id, token }: Actor) => {
      const vehicle = { make: 'Seat', model: 'Leon', year: 2023, plate: `K-${id.slice(-6)}`, color: 'red' };
      const body = { licenseNumber: `L-${id}`, vehicle: { ...vehicle, class: 'economy' } };
      return succeed<unknown>(platform, 'POST', '/api/drivers', { token, body });
    };
    const leave = ({ id, token }: Actor) => succeed<unknown>(platform, 'DELETE', `/api/users/${id}`, { token });
    const accountOf = ({ id }: Actor, when: string): Place => {
      return { table: '"user".accounts', when: `new.id = '${id}' and ${when}` };
    };

    await killAt(
      'user',
      [accountOf(first, `'driver' = any (new.roles)`), () => register(first)],
      [accountOf(rider, `new.status = 'deactivated'`), () => leave(rider)],
    );
    const [, ending] = trips as [Trip, Trip];
    const cancelled = { table: 'trip.trips', when: `new.id = '${ending.id}' and new.status = 'cancelled'` };
    await killAt('trip', [cancelled, () => leave(other)]);
    const standing = { table: 'driver.account_standings', when: `new.user_id = '${driver.id}' and new.deactivated` };
    await killAt(
      'driver',
      [{ table: 'driver.drivers', when: `new.driver_id = '${second.id}'` }, () => register(second)],
      [standing, () => leave(driver)],
    );

    for (const { id } of [first, second]) {
      const target = `/api/users/${id}`;
      const { roles } = await succeed<{ roles: string[] }>(platform, 'GET', target, { token: admin.token });
      expect(roles.toSorted()).toEqual(['driver', 'rider']);
      expect(await look(platform, 'select from driver.drivers where driver_id = $1', [id])).toHaveLength(1);
    }
    for (const { id } of trips) {
      await eventually('the end of the ride', async () => {
        const { status } = await readTrip(platform, admin, id);
        return status === 'cancelled' ? true : undefined;
      });
    }
    await eventually('the end of the work', async () => {
      const text = 'select from driver.driver_slots where driver_id = $1 and suspended';
      return (await look(platform, text, [driver.id])).length === 1 || undefined;
    });
  });
});

describe('after the end of a ride', () => {
  it('its event is logged, its slot freed and its receipt written later and once, though each of the three is killed', async () => {
    const [logged, freed, told] = [
      await begun(await newParty()),
      await begun(await newParty()),
      await begun(await newParty()),
    ];
    const event = `new.type = 'trip.completed' and new.key = '${logged.trip.id}'`;
    const message = `new.trip_id = '${told.trip.id}' and new.kind = 'trip_completed'`;
    await Promise.all([
      killAt('notification', [{ table: 'notification.messages', when: message }, () => complete(told)]),
      killAt('driver', [slotIs(freed, 'old.trip_id is not null and new.trip_id is null'), () => complete(freed)]),
    ]);
    await killAt('trip', [{ table: 'event_log.records', when: event }, () => complete(logged)]);
    for (const ride of [logged, freed, told]) {
      await expectPaidOnce(ride);
      await untilSlotIs(platform, ride, 'available');
    }
    const text = `select from event_log.records where type = 'trip.completed' and key = $1`;
    expect(await look(platform, text, [logged.trip.id])).toHaveLength(1);
  });
});

it('nothing is left that the auditor would find', async () => {
  const audit = await runTool(platform, 'apps/auditor/src/main.ts', ['--settle-ms', '10000']);
  expect({ exitCode: audit.exitCode, output: audit.exitCode === 0 ? '' : audit.all }).toEqual({
    exitCode: 0,
    output: '',
  });
});
