/**
 * A kill -9 between any two persisted steps of the sagas. Each ride of a test is held at a place of its own, right before
 * something is written; then the process is killed, and whoever comes after it finishes what was begun.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ADMIN, eventually, goOffline, newDriver, newRider, send, signIn, succeed } from './support/client.ts';
import type { Actor } from './support/client.ts';
import { closeGates, look } from './support/gate.ts';
import type { Gates, Place } from './support/gate.ts';
import { crash } from './support/kill.ts';
import { runTool, startPlatform } from './support/platform.ts';
import type { Platform } from './support/platform.ts';
import { drive, readTrip, requestTrip, step, untilOffered, untilPayment } from './support/trip.ts';
import type { Offer, Trip } from './support/trip.ts';

interface Party {
  readonly rider: Actor;
  readonly driver: Actor;
}

interface Ride extends Party {
  readonly trip: Trip;
  readonly offer: Offer;
}

let platform: Platform;
let admin: Actor;
let drivers: Actor[] = [];
let closed: Gates[] = [];

async function newParty(): Promise<Party> {
  const rider = await newRider(platform);
  const body = { gateway: 'sandbox', token: 'tok_ok' };
  await succeed(platform, 'POST', '/api/payments/methods', { token: rider.token, body });
  return { rider, driver: await hire() };
}

async function hire(): Promise<Actor> {
  const driver = await newDriver(platform);
  drivers.push(driver);
  return driver;
}

/** Asks for a ride and waits for its offer; the only free driver is the one of the party. */
async function offered(party: Party): Promise<Ride> {
  const trip = await requestTrip(platform, party.rider);
  return { ...party, trip, offer: await untilOffered(platform, party.driver, trip.id) };
}

async function begun(party: Party): Promise<Ride> {
  const ride = await offered(party);
  const { driver, offer, rider, trip } = ride;
  await step(platform, driver, trip.id, { status: 'accepted', offerId: offer.offerId });
  await step(platform, driver, trip.id, { status: 'arrived' });
  const { startCode } = await readTrip(platform, rider, trip.id);
  await step(platform, driver, trip.id, { status: 'in_progress', startCode });
  return ride;
}

const complete = ({ driver, trip }: Ride) => step(platform, driver, trip.id, { status: 'completed' });

async function close(...places: readonly Place[]): Promise<Gates> {
  const gates = await closeGates(platform, places);
  closed.push(gates);
  return gates;
}

/**
 * Closes a gate for each thing to be done, has it done until it waits there, kills the service, and opens the gates.
 *
 * @returns what was done in the end.
 */
async function killAt<T>(
  service: string,
  ...held: readonly (readonly [Place, () => Promise<T>])[]
): Promise<readonly T[]> {
  const gates = await close(...held.map(([place]) => place));
  const doing: Promise<T>[] = [];
  for (const [index, [, act]] of held.entries()) {
    const done = act();
    done.catch(() => undefined); // looked at in the end
    doing.push(done);
    await gates.reached(index);
  }
  for (const index of held.keys()) await gates.reached(index); // nobody has given up waiting meanwhile
  await crash(platform, service, () => gates.open());
  return Promise.all(doing);
}

async function capturesOf({ trip }: Ride): Promise<Record<string, number>> {
  const rows = await look<{ kind: string; count: string }>(
    platform,
    `select s.kind, count(*) from payment.sandbox_operations s join payment.payment_ops o on o.psp_key = s.key
     join payment.payments p on p.id = o.payment_id where p.trip_id = $1 and s.state = 'done' group by s.kind`,
    [trip.id],
  );
  return Object.fromEntries(rows.map(({ count, kind }) => [kind, Number(count)]));
}

async function stateOf({ driver }: Party): Promise<string | undefined> {
  const text = 'select state, settled from driver.driver_slots where driver_id = $1';
  const [slot] = await look<{ state: string; settled: boolean }>(platform, text, [driver.id]);
  return slot?.state === 'assigned' && slot.settled ? 'settled' : slot?.state;
}

/** One capture of the whole fare, in the payment, at the gateway, in the ledger and in the flight recorder; one notice. */
async function expectPaidOnce(ride: Ride): Promise<void> {
  const { rider, trip } = ride;
  const payment = await untilPayment(platform, rider, trip.id, ['captured']);
  expect(payment.captured.amount).toBe(trip.fare.amount);
  expect(await capturesOf(ride)).toEqual({ authorize: 1, capture: 1 });
  const entries = await eventually('the flight recorder', async () => {
    interface Entry {
      readonly type: string;
      readonly data: { lines?: { readonly account: string; readonly amount: { readonly amount: number } }[] };
    }
    const target = `/api/trips/${trip.id}/timeline`;
    const timeline = await succeed<{ entries: Entry[] }>(platform, 'GET', target, { token: admin.token });
    const types = timeline.entries.map(({ type }) => type);
    return types.includes('payment.captured') && types.includes('notification.sent') ? timeline.entries : undefined;
  });
  for (const type of ['trip.requested', 'trip.accepted', 'trip.completed', 'payment.captured']) {
    expect(entries.filter((entry) => entry.type === type)).toHaveLength(1);
  }
  const taken = entries
    .flatMap(({ data }) => data.lines ?? [])
    .filter(({ account }) => /^(?:gateway|cash):/.test(account))
    .reduce((sum, { amount }) => sum + amount.amount, 0);
  expect(taken).toBe(trip.fare.amount);
  const notices = await eventually('the receipt', async () => {
    const options = { token: rider.token };
    const inbox = await succeed<{ items: { kind: string; tripId: string }[] }>(
      platform,
      'GET',
      '/api/notifications',
      options,
    );
    const receipts = inbox.items.filter((notice) => notice.tripId === trip.id && notice.kind === 'trip_completed');
    return receipts.length > 0 ? receipts : undefined;
  });
  expect(notices).toHaveLength(1);
}

/** The places of one operation of a rider's payment: the wish for it, the call, what the gateway does, its booking. */
function placesOf(op: string, goal: string, sandbox: string, { rider }: Party): Record<string, Place> {
  const mine = `(select rider_id from payment.payments where id = new.payment_id) = '${rider.id}'`;
  const key = `select psp_key from payment.payment_ops o join payment.payments p on p.id = o.payment_id
    where p.rider_id = '${rider.id}' and o.op = '${op}'`;
  return {
    wish: { table: 'payment.payments', when: `new.rider_id = '${rider.id}' and new.goal = '${goal}'` },
    call: { table: 'payment.payment_ops', when: `new.op = '${op}' and new.state = 'sent' and ${mine}` },
    effect: {
      table: 'payment.sandbox_operations',
      when: `new.kind = '${sandbox}' and exists (select from (${key}) k where k.psp_key = new.key)`,
    },
    booking: { table: 'payment.payment_ops', when: `new.op = '${op}' and new.state = 'done' and ${mine}` },
  };
}

const tripIs = ({ trip }: Ride, status: string): Place => {
  return { table: 'trip.trips', when: `new.id = '${trip.id}' and new.status = '${status}'` };
};
const slotIs = ({ driver }: Party, condition: string): Place => {
  return { table: 'driver.driver_slots', when: `new.driver_id = '${driver.id}' and ${condition}` };
};

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
    const parties = [await newParty(), await newParty(), await newParty(), await newParty()];
    const rides: Ride[] = [];
    const steps = ['booking', 'effect', 'call', 'wish'] as const; // the last one holds up the events of all
    const at = (op: string, goal: string, sandbox: string, act: (party: Party, index: number) => Promise<unknown>) =>
      parties.map((party, index) => {
        const place = placesOf(op, goal, sandbox, party)[steps[index] ?? ''];
        if (!place) throw new Error('a step without a place');
        return [place, () => act(party, index)] as const;
      });
    await killAt(
      'payment',
      ...at('hold', 'hold', 'authorize', async (party, index) => {
        const trip = await requestTrip(platform, party.rider);
        // whoever of them is offered the ride
        const found = await eventually('the offer', async () => {
          for (const driver of drivers) {
            const target = `/api/drivers/${driver.id}/offers`;
            const { items } = await succeed<{ items: Offer[] }>(platform, 'GET', target, { token: driver.token });
            const offer = items.find(({ tripId }) => tripId === trip.id);
            if (offer) return { driver, offer };
          }
          return undefined;
        });
        rides[index] = { rider: party.rider, trip, ...found };
        await step(platform, found.driver, trip.id, { status: 'accepted', offerId: found.offer.offerId });
        await step(platform, found.driver, trip.id, { status: 'arrived' });
        const { startCode } = await readTrip(platform, party.rider, trip.id);
        await step(platform, found.driver, trip.id, { status: 'in_progress', startCode });
      }),
    );
    for (const { rider, trip } of rides) await untilPayment(platform, rider, trip.id, ['authorized']);
    for (const ride of rides) expect(await capturesOf(ride)).toEqual({ authorize: 1 });

    await killAt('payment', ...at('capture', 'capture', 'capture', (_party, index) => complete(rides[index]!)));
    for (const ride of rides) await expectPaidOnce(ride);

    const payments: string[] = [];
    for (const { rider, trip } of rides) payments.push((await untilPayment(platform, rider, trip.id, ['captured'])).id);
    const refunds = at('refund', 'capture', 'refund', (_party, index) => {
      const body = { paymentId: payments[index], reason: 'a test' };
      return succeed(platform, 'POST', '/api/payments/refund', { token: admin.token, body });
    });
    await killAt('payment', ...refunds);
    for (const ride of rides) {
      const payment = await untilPayment(platform, ride.rider, ride.trip.id, ['refunded']);
      expect(payment.refunded).toEqual(payment.captured);
      expect(await capturesOf(ride)).toEqual({ authorize: 1, capture: 1, refund: 1 });
    }
  });

  it('of a void, lets the hold go once', async () => {
    const parties = [await newParty(), await newParty(), await newParty(), await newParty()];
    const rides: Ride[] = [];
    for (const party of parties) {
      await goOffline(platform, party.driver); // nobody is offered these
      const trip = await requestTrip(platform, party.rider);
      await untilPayment(platform, party.rider, trip.id, ['authorized']);
      rides.push({ ...party, trip, offer: { offerId: '', tripId: trip.id, expiresAt: '' } });
    }
    const steps = ['booking', 'effect', 'call', 'wish'] as const;
    await killAt(
      'payment',
      ...rides.map((ride, index) => {
        const place = placesOf('void', 'void', 'void', ride)[steps[index] ?? ''];
        if (!place) throw new Error('a step without a place');
        const body = { status: 'cancelled', reason: 'changed_my_mind' };
        return [place, () => step(platform, ride.rider, ride.trip.id, body)] as const;
      }),
    );
    for (const ride of rides) {
      await untilPayment(platform, ride.rider, ride.trip.id, ['voided']);
      expect(await capturesOf(ride)).toEqual({ authorize: 1, void: 1 });
    }
  });
});

describe('the trip service, killed before it', () => {
  it('writes a request, takes its driver, or ends the ride, does so later and once', async () => {
    const [first, second, third] = [await newParty(), await newParty(), await newParty()];
    for (const party of [first, second, third]) await goOffline(platform, party.driver);
    const online = async (party: Party) => {
      await succeed(platform, 'PUT', `/api/drivers/${party.driver.id}/status`, {
        token: party.driver.token,
        body: { status: 'available' },
      });
    };
    await online(third);
    const ending = await begun(third);
    await online(second);
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
    await eventually('the slot', async () => ((await stateOf(second)) === 'settled' ? true : undefined));
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
    await eventually('the free slot', async () => ((await stateOf(party)) === 'available' ? true : undefined));
  });
});

describe('the driver service, killed before it', () => {
  it('writes an offer, its acceptance or its settlement, lets the rides go on', async () => {
    const [first, second, third] = [await newParty(), await newParty(), await newParty()];
    for (const party of [second, third]) await goOffline(platform, party.driver);
    let offer: Promise<Offer> | undefined;
    const trips: Trip[] = [];
    const goOnline = async ({ driver }: Party) => {
      await succeed(platform, 'PUT', `/api/drivers/${driver.id}/status`, {
        token: driver.token,
        body: { status: 'available' },
      });
    };
    const accepting = await offered(first);
    await goOnline(second);
    const settling = await offered(second);
    await goOnline(third);
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
    await eventually('the settlement', async () => ((await stateOf(second)) === 'settled' ? true : undefined));
    const third_ = { ...third, trip: trips[0]!, offer: (await offer)! };
    await drive(platform, third.rider, third.driver, third_.offer);
    await expectPaidOnce(third_);
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
      await eventually('the free slot', async () => ((await stateOf(ride)) === 'available' ? true : undefined));
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
