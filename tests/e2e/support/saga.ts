import { eventually, newDriver, newRider, succeed } from './client.ts';
import type { Actor } from './client.ts';
import { closeGates, look } from './gate.ts';
import type { Gates, Place } from './gate.ts';
import { crash } from './kill.ts';
import type { Platform } from './platform.ts';
import { requestTrip, step, untilOffered } from './trip.ts';
import type { Offer, Trip } from './trip.ts';

/** A rider with a card, and a driver at work. */
export interface Party {
  readonly rider: Actor;
  readonly driver: Actor;
}

/** A party on a trip. */
export interface Ride extends Party {
  readonly trip: Trip;
  readonly offer: Offer;
}

/** Somebody who asks for a ride, and somebody who is free to give it. */
export async function newParty(platform: Platform): Promise<Party> {
  const rider = await newRider(platform);
  const body = { gateway: 'sandbox', token: 'tok_ok' };
  await succeed(platform, 'POST', '/api/payments/methods', { token: rider.token, body });
  return { rider, driver: await newDriver(platform) };
}

/** Asks for a ride and waits for its offer; the only free driver is the one of the party. */
export async function offered(platform: Platform, party: Party): Promise<Ride> {
  const trip = await requestTrip(platform, party.rider);
  return { ...party, trip, offer: await untilOffered(platform, party.driver, trip.id) };
}

/** The ride is over. */
export function complete(platform: Platform, { driver, trip }: Ride): Promise<Trip> {
  return step(platform, driver, trip.id, { status: 'completed' });
}

/** Whichever of `drivers` is offered the trip, and the offer. */
export function whoeverIsOffered(
  platform: Platform,
  drivers: readonly Actor[],
  tripId: string,
): Promise<{ readonly driver: Actor; readonly offer: Offer }> {
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

/** Where something is held, and what is done for it to get there. */
export type Held<T> = readonly [Place, () => Promise<T>];

/**
 * Closes a gate for each thing to be done, has it done until it waits there, kills the service, and opens the gates.
 *
 * @returns what was done in the end.
 */
export async function killAt<T>(
  platform: Platform,
  service: string,
  closed: Gates[],
  held: readonly Held<T>[],
): Promise<readonly T[]> {
  const gates = await closeGates(
    platform,
    held.map(([place]) => place),
  );
  closed.push(gates);
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

const PLACES_OF_AN_OPERATION = ['booking', 'effect', 'call', 'wish'] as const;

/**
 * The places of one operation of a rider's payment, the latest first: its booking, what the gateway does, the call, and the
 * wish for it, which holds up the events of all.
 */
export function placesOf(operation: { readonly op: string; readonly goal: string; readonly sandbox: string }) {
  const { goal, op, sandbox } = operation;
  return PLACES_OF_AN_OPERATION.map((name) => ({ rider }: Pick<Party, 'rider'>): Place => {
    const mine = `(select rider_id from payment.payments where id = new.payment_id) = '${rider.id}'`;
    const key = `select psp_key from payment.payment_ops o join payment.payments p on p.id = o.payment_id
      where p.rider_id = '${rider.id}' and o.op = '${op}'`;
    switch (name) {
      case 'wish':
        return { table: 'payment.payments', when: `new.rider_id = '${rider.id}' and new.goal = '${goal}'` };
      case 'call':
        return { table: 'payment.payment_ops', when: `new.op = '${op}' and new.state = 'sent' and ${mine}` };
      case 'effect':
        return {
          table: 'payment.sandbox_operations',
          when: `new.kind = '${sandbox}' and exists (select from (${key}) k where k.psp_key = new.key)`,
        };
      case 'booking':
        return { table: 'payment.payment_ops', when: `new.op = '${op}' and new.state = 'done' and ${mine}` };
    }
  });
}

/** One party for each place of an operation: its act is held there. */
export function atEachPlace<P extends Pick<Party, 'rider'>, T>(
  operation: Parameters<typeof placesOf>[0],
  parties: readonly P[],
  act: (party: P, index: number) => Promise<T>,
): Held<T>[] {
  return placesOf(operation).map((placeFor, index) => {
    const party = parties[index];
    if (!party) throw new Error('a place without a party');
    return [placeFor(party), () => act(party, index)];
  });
}

/** Where a trip gets a status. */
export function tripIs({ trip }: Pick<Ride, 'trip'>, status: string): Place {
  return { table: 'trip.trips', when: `new.id = '${trip.id}' and new.status = '${status}'` };
}

/** Where the slot of a driver becomes what the condition says. */
export function slotIs({ driver }: Pick<Party, 'driver'>, condition: string): Place {
  return { table: 'driver.driver_slots', when: `new.driver_id = '${driver.id}' and ${condition}` };
}

/** How a driver's slot stands; an assignment that its trip has confirmed is `settled`. */
export async function slotOf(platform: Platform, { driver }: Pick<Party, 'driver'>): Promise<string | undefined> {
  const text = 'select state, settled from driver.driver_slots where driver_id = $1';
  const [slot] = await look<{ state: string; settled: boolean }>(platform, text, [driver.id]);
  return slot?.state === 'assigned' && slot.settled ? 'settled' : slot?.state;
}

/** Waits until a driver's slot stands so. */
export async function untilSlotIs(platform: Platform, party: Pick<Party, 'driver'>, state: string): Promise<void> {
  await eventually(`a slot that is ${state}`, async () =>
    (await slotOf(platform, party)) === state ? true : undefined,
  );
}
