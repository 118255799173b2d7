import { describe, expect, it } from '@jest/globals';
import {
  confirmSlot,
  endOffer,
  findNearbyDrivers,
  getDriver,
  getDriverMetrics,
  listOffers,
  registerDriver,
  releaseSlot,
  reportLocation,
  reserveSlots,
  setDriverStatus,
  submitDocument,
  tripAccepted,
  tripCompleted,
} from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import type { Interference } from '@rideshare/memory';
import fc from 'fast-check';
import { reservation, VEHICLE } from '../test/support/builders.ts';
import { createWorld } from '../test/support/world.ts';
import type { WorldProcess } from '../test/support/world.ts';
import { MANDATORY_DOCUMENTS } from './domain/documents.ts';
import type { Reservation } from './usecases/ports.ts';

type World = ReturnType<typeof createWorld>;

const CENTRE = { lat: 41.1496, lng: -8.611 };
const EUR = (amount: number) => ({ amount, currency: 'EUR' });

/** A driver at work, from the registration to the first position. */
async function hire(world: World, { call }: WorldProcess, expiresOn = '2099-12-31'): Promise<string> {
  const driverId = world.ids.next();
  const params = { id: driverId };
  const body = { licenseNumber: 'P-12345678', vehicle: VEHICLE };
  expect(await call(registerDriver, driverId, { body })).toMatchObject({ status: 201 });
  for (const type of MANDATORY_DOCUMENTS) {
    const paper = { type, number: 'AB 123-456', expiresOn };
    expect(await call(submitDocument, driverId, { params, body: paper })).toMatchObject({ status: 201 });
  }
  const points = [{ ...CENTRE, recordedAt: world.scheduler.clock.now().toISOString() }];
  expect(await call(reportLocation, driverId, { params, body: { points } })).toMatchObject({ status: 202 });
  const available = await call(setDriverStatus, driverId, { params, body: { status: 'available' } });
  expect(available).toMatchObject({ status: 200, body: { status: 'available' } });
  return driverId;
}

function offerTo(world: World, driverId: string, more: Partial<Reservation> = {}): Reservation {
  const [tripId, offerId, riderId] = [world.ids.next(), world.ids.next(), world.ids.next()];
  return reservation(driverId, { tripId, offerId, riderId, ttlMs: 15_000, ...more });
}

const keyOf = ({ driverId, tripId, offerId }: Reservation) => ({ driverId, tripId, offerId });

async function reserve({ call }: WorldProcess, ...offers: Reservation[]) {
  const { body } = await call(reserveSlots, undefined, { body: { offers } });
  return (body as { readonly verdicts: readonly { readonly outcome: string; readonly epoch: number }[] }).verdicts;
}

async function confirm({ call }: WorldProcess, offer: Reservation) {
  return (await call(confirmSlot, undefined, { body: keyOf(offer) })).body;
}

async function statusOf({ call }: WorldProcess, driverId: string): Promise<unknown> {
  const { body } = await call(getDriver, driverId, { params: { id: driverId } });
  return (body as { readonly status: string }).status;
}

async function end(world: World, { driverId, riderId, tripId, offerId }: Reservation): Promise<void> {
  const completedAt = world.scheduler.clock.now().toISOString();
  await world.publish(
    tripCompleted,
    {
      ...{ tripId, riderId, driverId, offerId, paymentMethodId: null, quoteId: world.ids.next(), completedAt },
      ...{ quoted: EUR(1_250), lines: [{ kind: 'base', amount: EUR(1_250) }], total: EUR(1_250) },
      ...{ distanceM: 3_000, durationS: 600, tariffVersion: 'porto-1' },
    },
    5,
  );
}

describe('createDriverParts, over stores in memory', () => {
  it('takes a driver through a ride', async () => {
    const world = createWorld();
    const process = world.start();
    await process.run();
    const driverId = await hire(world, process);
    expect(world.granted).toEqual([driverId]);
    await world.scheduler.advance(2_000);
    const nearby = await process.call(findNearbyDrivers, world.ids.next(), { query: CENTRE });
    expect(nearby.body).toMatchObject({ drivers: [{ distanceM: 0, vehicleClass: 'economy' }] });

    const offer = offerTo(world, driverId);
    expect(await reserve(process, offer)).toMatchObject([{ outcome: 'reserved', epoch: 2 }]);
    const offers = await process.call(listOffers, driverId, { params: { id: driverId } });
    expect(offers.body).toMatchObject({ items: [{ offerId: offer.offerId }] });
    expect(await confirm(process, offer)).toEqual({ outcome: 'confirmed', epoch: 3 });
    const { tripId, riderId, offerId } = offer;
    const acceptedAt = world.scheduler.clock.now().toISOString();
    await world.publish(tripAccepted, { tripId, riderId, driverId, offerId, slotEpoch: 3, acceptedAt }, 2);
    await world.scheduler.advance(2_000);
    expect(await statusOf(process, driverId)).toBe('assigned');
    await end(world, offer);
    await world.scheduler.advance(2_000);
    expect(await statusOf(process, driverId)).toBe('available');
    const figures = await process.call(getDriverMetrics, driverId, { params: { id: driverId } });
    expect(figures.body).toMatchObject({ offers: 1, accepted: 1, completed: 1, onlineS: 6 });

    const published = await world.published();
    expect(published.filter(({ type }) => type === 'driver.located')).toHaveLength(1);
    const changes = published.filter(({ type }) => type === 'driver.status_changed');
    expect(changes.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    await process.stop();
  });

  it('declines, and releases what the trip refused', async () => {
    const world = createWorld();
    const process = world.start();
    const driverId = await hire(world, process);
    const declined = offerTo(world, driverId);
    await reserve(process, declined);
    const answer = await process.call(endOffer, undefined, { body: keyOf(declined) });
    expect(answer.body).toEqual({ outcome: 'declined' });
    const { tripId, ...refused } = offerTo(world, driverId);
    await reserve(process, { ...refused, tripId });
    await confirm(process, { ...refused, tripId });
    const release = (epoch: number) => process.call(releaseSlot, undefined, { body: { driverId, tripId, epoch } });
    expect((await release(4)).body).toEqual({ outcome: 'refused' });
    expect((await release(5)).body).toEqual({ outcome: 'released' });
  });

  it('ends by its sweep what nobody else has ended', async () => {
    const world = createWorld();
    const process = world.start();
    await process.run();
    const [silent, refused, over] = [
      offerTo(world, await hire(world, process)),
      offerTo(world, await hire(world, process)),
      offerTo(world, await hire(world, process)),
    ];
    world.trips.assign = ({ tripId }) => Promise.resolve(tripId === refused.tripId ? 'refused' : 'held');
    world.trips.standing = ({ length }) => Promise.resolve(length > 0 ? 'ended' : 'unknown');
    await reserve(process, silent, refused, over);
    await confirm(process, refused);
    await confirm(process, over);
    await world.scheduler.advance(14_000);
    expect(await statusOf(process, silent.driverId)).toBe('offered');
    await world.scheduler.advance(7_000);
    expect(await statusOf(process, silent.driverId)).toBe('available');
    expect(await statusOf(process, refused.driverId)).toBe('available');
    expect(await statusOf(process, over.driverId)).toBe('assigned');
    await world.scheduler.advance(70_000);
    expect(await statusOf(process, over.driverId)).toBe('available');
    await process.stop();
  });

  it('takes a driver whose papers lapse off the road at the end of their last day', async () => {
    const world = createWorld('2026-03-01T23:59:50.000Z');
    const process = world.start();
    await process.run();
    const driverId = await hire(world, process, '2026-03-01');
    await world.scheduler.advance(9_000);
    expect(await statusOf(process, driverId)).toBe('available');
    await world.scheduler.advance(7_000);
    expect(await statusOf(process, driverId)).toBe('offline');
    await process.stop();
  });

  it('shows by a second process the drivers from before it started and those since', async () => {
    const world = createWorld();
    const first = world.start();
    await first.run();
    await hire(world, first);
    await world.scheduler.advance(70_000);
    const second = world.start();
    await second.run();
    await hire(world, first);
    await world.scheduler.advance(2_000);
    const { body } = await second.call(findNearbyDrivers, world.ids.next(), { query: CENTRE });
    expect((body as { drivers: unknown[] }).drivers).toHaveLength(2);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('whose commits stand while their answers are lost, judges the same again', async () => {
    const world = createWorld();
    const driverId = await hire(world, world.start());
    let isCut = true;
    const cut: Interference = (step) =>
      isCut && step === 'committed' ? Promise.reject(new AppError('LOST', 'unavailable', 'cut')) : Promise.resolve();
    const process = world.start(cut);
    const offer = offerTo(world, driverId);
    await expect(reserve(process, offer)).rejects.toMatchObject({ code: 'COMMIT_AMBIGUOUS' });
    isCut = false;
    expect(await reserve(process, offer)).toMatchObject([{ outcome: 'reserved', epoch: 2 }]);
    isCut = true;
    await expect(confirm(process, offer)).rejects.toMatchObject({ code: 'COMMIT_AMBIGUOUS' });
    isCut = false;
    expect(await confirm(process, offer)).toEqual({ outcome: 'confirmed', epoch: 3 });
  });

  it('killed at any step, leaves no slot that another process does not finish', async () => {
    const never = new Promise<never>(() => undefined);
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.boolean(), async (lifetime, isHeld) => {
        const world = createWorld();
        const survivor = world.start();
        const drivers = [await hire(world, survivor), await hire(world, survivor)];
        world.trips.assign = () => Promise.resolve(isHeld ? 'held' : 'refused');
        let steps = 0;
        const victim = world.start(() => ((steps += 1) > lifetime ? never : Promise.resolve()));
        const offers = drivers.map((driverId) => offerTo(world, driverId));
        const work = async () => {
          await victim.run();
          await reserve(victim, ...offers);
          for (const offer of offers) await confirm(victim, offer);
        };
        void work();
        await world.scheduler.advance(5_000);
        await survivor.run();
        await world.scheduler.advance(40_000);
        const changes = (await world.published()).filter(({ type }) => type === 'driver.status_changed');
        for (const driverId of drivers) {
          const mine = changes.filter(({ stream }) => stream === `slot:${driverId}`);
          expect(mine.map(({ sequence }) => sequence)).toEqual(mine.map((_, index) => index + 1));
          const states = mine.map(({ data }) => (data as { readonly state: string }).state);
          expect(await statusOf(survivor, driverId)).toBe(states.at(-1));
          expect(states.at(-1)).toBe(isHeld && states.includes('assigned') ? 'assigned' : 'available');
        }
        await survivor.stop();
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  it('run twice, does the same twice', async () => {
    const run = async () => {
      const world = createWorld();
      const processes = [world.start(), world.start()] as const;
      for (const each of processes) await each.run();
      const [one, other] = processes;
      const offers = [offerTo(world, await hire(world, one)), offerTo(world, await hire(world, other))];
      await Promise.all([reserve(one, ...offers), reserve(other, ...offers)]);
      await Promise.all(offers.map((offer, index) => confirm(processes[index % 2]!, offer)));
      await world.scheduler.advance(20_000);
      for (const offer of offers) await end(world, offer);
      await world.scheduler.advance(5_000);
      const published = await world.published();
      await Promise.all(processes.map((each) => each.stop()));
      return published;
    };
    const first = await run();
    expect(first.length).toBeGreaterThan(15);
    expect(await run()).toEqual(first);
  });
});
