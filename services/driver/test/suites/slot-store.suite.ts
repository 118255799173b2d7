import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decideStatus } from '../../src/domain/slot.ts';
import type { Reservation, Verdict } from '../../src/usecases/ports.ts';
import { handIn, LICENSE, lastingReservation as reservation, uuid, VEHICLE } from '../support/builders.ts';
import type { MakeStage, Stage } from '../support/stage.ts';

const LONG_AGO = { expiresOn: '2020-01-01', at: new Date('2019-06-01T12:00:00.000Z') };
/** Over once the clock has gone on by as much: an offer ends at its time, not after it. */
const BRIEFLY = { ttlMs: 2 };

/** What every store of slots promises. */
export function slotStoreSuite(name: string, makeStage: MakeStage): void {
  describe(`${name}, as a slot store`, () => {
    let h: Stage;

    beforeAll(async () => {
      h = await makeStage();
    });
    afterAll(async () => {
      await h.close();
    });

    const reserve = (...items: Reservation[]): Promise<Verdict[]> => h.slots.reserve(h.begin(), items);
    const offerState = async ({ driverId, offerId }: Reservation) => (await h.offers([driverId])).get(offerId);

    async function offered(more: Partial<Reservation> = {}): Promise<Reservation> {
      const offer = reservation(await h.availableDriver(), more);
      expect(await reserve(offer)).toMatchObject([{ outcome: 'reserved' }]);
      return offer;
    }

    async function assigned(): Promise<Reservation & { epoch: number }> {
      const offer = await offered();
      const epoch = await h.slots.confirm(h.begin(), offer);
      return { ...offer, epoch: epoch! };
    }

    /** An offer whose time is up, and which nobody has ended yet. */
    async function dead(): Promise<Reservation> {
      const offer = await offered(BRIEFLY);
      await h.elapse(2);
      return offer;
    }

    /** Papers that lapsed long ago take the place of valid ones. */
    async function lapse(driverId: string): Promise<void> {
      const operation = h.begin<undefined>();
      const paper = { type: 'insurance', ...LONG_AGO } as const;
      await h.drivers.change(
        operation,
        driverId,
        (driver) => ({ events: handIn(driver, operation.id('document'), paper) }),
        () => undefined,
      );
    }

    describe('reserve', () => {
      it('of an available driver, makes an offer, an event and a change that is told', async () => {
        const offer = reservation(await h.availableDriver());
        const [verdict] = await reserve(offer);
        expect(verdict).toEqual({ offerId: offer.offerId, outcome: 'reserved', epoch: 2, expiresAt: expect.any(Date) });
        expect(await h.slot(offer.driverId)).toMatchObject({ state: 'offered', tripId: offer.tripId, epoch: 2 });
        const { driverId: _driver, riderId: _rider, ttlMs: _ttl, ...shown } = offer;
        const snapshot = await h.slots.openOffer(offer.driverId);
        expect(snapshot).toEqual({ ...shown, expiresAt: (await h.slot(offer.driverId)).expiresAt });
        const events = await h.eventsOf(`slot:${offer.driverId}`);
        expect(events).toMatchObject([
          { sequence: 1, data: { state: 'available', reason: 'went_available', tripId: null, offer: null } },
          {
            sequence: 2,
            data: { state: 'offered', reason: 'offered', tripId: offer.tripId, offer: { fare: offer.fare } },
          },
        ]);
        expect(events[1]?.data['expiresAt']).toBe(snapshot?.expiresAt.toISOString());
        expect(h.changes.at(-1)).toMatchObject({ from: 'available', reason: 'offered', slot: { epoch: 2 } });
      });

      it('carries the last position in its event', async () => {
        const offer = reservation(await h.availableDriver());
        const recordedAt = h.begin().at;
        const position = { driverId: offer.driverId, point: { lat: 41.1, lng: -8.6 }, recordedAt };
        await h.positions.save([{ ...position, headingDeg: null, speedMps: null, accuracyM: null }]);
        await reserve(offer);
        expect((await h.eventsOf(`slot:${offer.driverId}`)).at(-1)?.data['position']).toEqual({
          point: position.point,
          recordedAt: recordedAt.toISOString(),
        });
      });

      it('repeated with the same offer, says reserved again and changes nothing', async () => {
        const offer = reservation(await h.availableDriver());
        const first = await reserve(offer);
        expect(await reserve(offer)).toEqual(first);
        expect(await h.slot(offer.driverId)).toMatchObject({ epoch: 2 });
      });

      it('repeated after the offer has ended, never opens it again', async () => {
        const offer = await offered();
        await h.slots.decline(h.begin(), offer);
        expect(await reserve(offer)).toMatchObject([{ outcome: 'refused', reason: 'declined_before' }]);
        const other = { ...offer, tripId: uuid() };
        expect(await reserve(other)).toMatchObject([{ outcome: 'refused', reason: 'not_available' }]);
      });

      it('names why each item is refused', async () => {
        const offline = await h.verifiedDriver();
        const unverified = await h.availableDriver(LONG_AGO);
        const suspended = await h.availableDriver();
        await h.slots.setStanding(h.begin(), suspended, { suspended: true, deactivated: false });
        const own = await h.availableDriver();
        const taken = await assigned();
        const free = await h.availableDriver();
        const verdicts = await reserve(
          reservation(offline),
          reservation(unverified),
          reservation(suspended),
          reservation(own, { riderId: own }),
          reservation(uuid()),
          reservation(taken.driverId),
          reservation(free, { tripId: taken.tripId }),
        );
        expect(verdicts.map((verdict) => (verdict.outcome === 'refused' ? verdict.reason : verdict.outcome))).toEqual([
          'not_available',
          'not_eligible',
          'suspended',
          'own_trip',
          'unknown_driver',
          'not_available',
          'trip_has_slot',
        ]);
      });

      it('of one trip for two drivers and one driver for two trips, gives each at most one', async () => {
        const [one, two, three] = [await h.availableDriver(), await h.availableDriver(), await h.availableDriver()];
        const tripId = uuid();
        const offers = [
          reservation(one, { tripId }),
          reservation(two, { tripId }),
          reservation(one),
          reservation(three),
          reservation(three),
        ];
        const verdicts = await reserve(...offers);
        expect(verdicts.map(({ offerId }) => offerId)).toEqual(offers.map(({ offerId }) => offerId));
        expect(verdicts.map(({ outcome }) => outcome)).toEqual([
          'reserved',
          'refused',
          'refused',
          'reserved',
          'refused',
        ]);
        expect(verdicts[1]).toMatchObject({ reason: 'trip_has_slot' });
      });

      it('whose first choice is refused, tries the next driver of the same trip in the same batch', async () => {
        const [offline, online] = [await h.verifiedDriver(), await h.availableDriver()];
        const tripId = uuid();
        const verdicts = await reserve(reservation(offline, { tripId }), reservation(online, { tripId }));
        expect(verdicts.map(({ outcome }) => outcome)).toEqual(['refused', 'reserved']);
      });

      it('judges a second choice only after all first ones', async () => {
        const [one, two] = [await h.availableDriver(), await h.availableDriver()];
        const [first, second] = [uuid(), uuid()];
        const declined = reservation(one, { tripId: first });
        await reserve(declined);
        await h.slots.decline(h.begin(), declined);
        // the second item waits for the first, which is refused, while the third is a first choice
        const verdicts = await reserve(
          reservation(one, { tripId: first }),
          reservation(one, { tripId: second }),
          reservation(two, { tripId: second }),
        );
        expect(verdicts).toMatchObject([
          { reason: 'declined_before' },
          { reason: 'trip_has_slot' },
          { outcome: 'reserved' },
        ]);
      });

      it('ends the dead offer of its trip first', async () => {
        const over = await dead();
        const next = reservation(await h.availableDriver(), { tripId: over.tripId });
        expect(await reserve(next)).toMatchObject([{ outcome: 'reserved' }]);
        expect(await offerState(over)).toBe('expired');
        expect(await h.slot(over.driverId)).toMatchObject({ state: 'available', tripId: null });
      });

      it('ends no dead offer of another trip', async () => {
        const over = await dead();
        expect(await reserve(reservation(over.driverId))).toMatchObject([{ reason: 'not_available' }]);
        expect(await offerState(over)).toBe('open');
      });

      it('of 200 items, reserves them all', async () => {
        const fleet = await h.availableFleet(200);
        const verdicts = await reserve(...fleet.map((driverId) => reservation(driverId)));
        expect(verdicts.every(({ outcome }) => outcome === 'reserved')).toBe(true);
      });

      it('by fifty at once for one driver, is won by one', async () => {
        const driverId = await h.availableDriver();
        const stores = [h.slots, h.other.slots];
        const verdicts = await Promise.all(
          Array.from({ length: 50 }, (_, index) => stores[index % 2]!.reserve(h.begin(), [reservation(driverId)])),
        );
        expect(verdicts.flat().filter(({ outcome }) => outcome === 'reserved')).toHaveLength(1);
        expect(await h.slot(driverId)).toMatchObject({ state: 'offered', epoch: 2 });
        expect(await h.eventsOf(`slot:${driverId}`)).toHaveLength(2);
      });

      it('by fifty at once for one trip, is won by one', async () => {
        const fleet = await h.availableFleet(50);
        const tripId = uuid();
        const stores = [h.slots, h.other.slots];
        const verdicts = await Promise.all(
          fleet.map((driverId, index) => stores[index % 2]!.reserve(h.begin(), [reservation(driverId, { tripId })])),
        );
        expect(verdicts.flat().filter(({ outcome }) => outcome === 'reserved')).toHaveLength(1);
      });
    });

    describe('confirm', () => {
      it('of an open offer, assigns; a repeat says the same again', async () => {
        const trip = await assigned();
        expect(trip.epoch).toBe(3);
        expect(await h.slots.confirm(h.begin(), trip)).toBe(3);
        expect(await offerState(trip)).toBe('accepted');
        expect(await h.slots.openOffer(trip.driverId)).toBeUndefined();
        expect(await h.slot(trip.driverId)).toMatchObject({
          state: 'assigned',
          expiresAt: null,
          settled: false,
          epoch: 3,
        });
      });

      it('of an offer that is over, refuses', async () => {
        const over = await dead();
        expect(await h.slots.confirm(h.begin(), over)).toBeUndefined();
        expect(await h.slots.openOffer(over.driverId)).toBeUndefined();
        expect(await h.slot(over.driverId)).toMatchObject({ state: 'offered', epoch: 2 });
      });

      it('of a foreign or unknown offer, refuses', async () => {
        const open = await offered();
        expect(await h.slots.confirm(h.begin(), { ...open, offerId: uuid() })).toBeUndefined();
        expect(await h.slots.confirm(h.begin(), { ...open, tripId: uuid() })).toBeUndefined();
        expect(await h.slots.confirm(h.begin(), { ...open, driverId: uuid() })).toBeUndefined();
      });

      it('of another offer than the one that was accepted, refuses', async () => {
        const trip = await assigned();
        expect(await h.slots.confirm(h.begin(), { ...trip, offerId: uuid() })).toBeUndefined();
        expect(await h.slots.confirm(h.begin(), { ...trip, tripId: uuid() })).toBeUndefined();
        expect(await h.slot(trip.driverId)).toMatchObject({ state: 'assigned', tripId: trip.tripId, epoch: 3 });
      });

      it('and decline at once, by two processes, are decided once', async () => {
        for (let round = 0; round < 10; round += 1) {
          const offer = await offered();
          const [epoch, declined] = await Promise.all([
            h.slots.confirm(h.begin(), offer),
            h.other.slots.decline(h.begin(), offer),
          ]);
          expect(declined).toBe(epoch === undefined);
        }
      });
    });

    describe('decline', () => {
      it('frees the driver, and the trip does not come back to them', async () => {
        const offer = await offered();
        expect(await h.slots.decline(h.begin(), offer)).toBe(true);
        expect(await h.slots.decline(h.begin(), offer)).toBe(true);
        expect(await h.slot(offer.driverId)).toMatchObject({ state: 'available', epoch: 3 });
        const again = reservation(offer.driverId, { tripId: offer.tripId });
        expect(await reserve(again)).toMatchObject([{ reason: 'declined_before' }]);
        expect(await reserve(reservation(offer.driverId))).toMatchObject([{ outcome: 'reserved' }]);
      });

      it('of an accepted or foreign offer, refuses', async () => {
        const trip = await assigned();
        expect(await h.slots.decline(h.begin(), trip)).toBe(false);
        expect(await h.slots.decline(h.begin(), { ...trip, driverId: uuid() })).toBe(false);
        const offer = await offered();
        expect(await h.slots.decline(h.begin(), { ...offer, offerId: uuid() })).toBe(false);
        expect(await h.slots.decline(h.begin(), { ...offer, tripId: uuid() })).toBe(false);
        await h.slots.decline(h.begin(), offer);
        expect(await h.slots.decline(h.begin(), { ...offer, tripId: uuid() })).toBe(false);
        expect(await h.slots.decline(h.begin(), { ...offer, driverId: uuid() })).toBe(false);
      });
    });

    describe('release', () => {
      it('at the epoch of the assignment frees it; at any other, does not', async () => {
        const trip = await assigned();
        expect(await h.slots.release(h.begin(), { ...trip, epoch: trip.epoch - 1 })).toBe(false);
        expect(await h.slots.release(h.begin(), { ...trip, tripId: uuid() })).toBe(false);
        expect(await h.slots.release(h.begin(), trip)).toBe(true);
        expect(await h.slots.release(h.begin(), trip)).toBe(false);
        expect(await h.slot(trip.driverId)).toMatchObject({ state: 'available', tripId: null, epoch: 4 });
      });

      it('of an offer that nobody has accepted, does not free it', async () => {
        const offer = await offered();
        expect(await h.slots.release(h.begin(), { ...offer, epoch: 2 })).toBe(false);
        expect(await h.slot(offer.driverId)).toMatchObject({ state: 'offered' });
      });
    });

    describe('clear', () => {
      it('of an offered trip, withdraws the offer; of an assigned one, frees the driver; else does nothing', async () => {
        const offer = await offered();
        const trip = await assigned();
        expect(await h.slots.clear(h.begin(), offer.tripId)).toBe(true);
        expect(await h.slots.clear(h.begin(), trip.tripId)).toBe(true);
        expect(await h.slots.clear(h.begin(), trip.tripId)).toBe(false);
        expect(await h.slots.clear(h.begin(), uuid())).toBe(false);
        expect(await offerState(offer)).toBe('withdrawn');
        expect(await offerState(trip)).toBe('accepted');
        expect((await h.eventsOf(`slot:${trip.driverId}`)).at(-1)).toMatchObject({
          data: { reason: 'trip_ended', state: 'available', tripId: trip.tripId, offerId: trip.offerId },
        });
      });

      it('of a driver whose papers have lapsed meanwhile, takes them offline', async () => {
        const trip = await assigned();
        await lapse(trip.driverId);
        expect(await h.slot(trip.driverId)).toMatchObject({ state: 'assigned', pendingOffline: false });
        await h.slots.clear(h.begin(), trip.tripId);
        expect(await h.slot(trip.driverId)).toMatchObject({ state: 'offline', epoch: 4 });
      });
    });

    describe('settle', () => {
      it('raises a flag and no epoch, and only for the offer that is assigned', async () => {
        const trip = await assigned();
        expect(await h.slots.settle(h.begin(), { ...trip, offerId: uuid() })).toBe(false);
        expect(await h.slots.settle(h.begin(), { ...trip, tripId: uuid() })).toBe(false);
        expect(await h.slots.settle(h.begin(), trip)).toBe(true);
        expect(await h.slots.settle(h.begin(), trip)).toBe(true);
        expect(await h.slot(trip.driverId)).toMatchObject({ settled: true, epoch: trip.epoch });
        expect(await h.eventsOf(`slot:${trip.driverId}`)).toHaveLength(3);
        expect(await h.slots.settle(h.begin(), await offered())).toBe(false);
      });

      it('is over with the assignment', async () => {
        const trip = await assigned();
        await h.slots.settle(h.begin(), trip);
        await h.slots.clear(h.begin(), trip.tripId);
        expect(await h.slot(trip.driverId)).toMatchObject({ settled: false });
      });
    });

    describe('setStatus', () => {
      const wanted = (status: 'available' | 'offline') => (slot: Parameters<typeof decideStatus>[0]) =>
        decideStatus(slot, status);

      it('to offline with an offer open, withdraws it', async () => {
        const offer = await offered();
        const slot = await h.slots.setStatus(h.begin(), offer.driverId, wanted('offline'));
        expect(slot).toMatchObject({ state: 'offline', epoch: 3, tripId: null });
        expect(await offerState(offer)).toBe('withdrawn');
        expect(await h.slot(offer.driverId)).toMatchObject({ state: 'offline' });
      });

      it('that changes nothing, writes nothing', async () => {
        const driverId = await h.availableDriver();
        expect(await h.slots.setStatus(h.begin(), driverId, wanted('available'))).toMatchObject({ epoch: 1 });
        expect(await h.eventsOf(`slot:${driverId}`)).toHaveLength(1);
      });

      it('judges papers by the store\u2019s clock', async () => {
        const [valid, lapsed] = [await h.verifiedDriver(), await h.verifiedDriver(LONG_AGO)];
        expect(await h.slots.setStatus(h.begin(), valid, wanted('available'))).toMatchObject({ eligible: true });
        await expect(h.slots.setStatus(h.begin(), lapsed, wanted('available'))).rejects.toMatchObject({
          code: 'DRIVER_NOT_VERIFIED',
        });
      });

      it('of nobody, finds no driver', async () => {
        await expect(h.slots.setStatus(h.begin(), uuid(), wanted('offline'))).rejects.toMatchObject({
          code: 'DRIVER_NOT_FOUND',
        });
      });
    });

    describe('setStanding', () => {
      const suspended = { suspended: true, deactivated: false };
      const active = { suspended: false, deactivated: false };

      it('suspended with an offer open, withdraws it and goes offline', async () => {
        const offer = await offered();
        await h.slots.setStanding(h.begin(), offer.driverId, suspended);
        await h.slots.setStanding(h.begin(), offer.driverId, suspended);
        expect(await h.slot(offer.driverId)).toMatchObject({ state: 'offline', suspended: true, epoch: 3 });
        expect((await h.eventsOf(`slot:${offer.driverId}`)).at(-1)).toMatchObject({ data: { reason: 'suspended' } });
      });

      it('suspended on a trip, leaves the trip alone and goes offline after it', async () => {
        const trip = await assigned();
        await h.slots.setStanding(h.begin(), trip.driverId, suspended);
        const during = { state: 'assigned', pendingOffline: true, epoch: trip.epoch };
        expect(await h.slot(trip.driverId)).toMatchObject(during);
        await h.slots.clear(h.begin(), trip.tripId);
        expect(await h.slot(trip.driverId)).toMatchObject({ state: 'offline', pendingOffline: false });
      });

      it('lifted before the trip ends, has the driver go offline after it all the same', async () => {
        const trip = await assigned();
        await h.slots.setStanding(h.begin(), trip.driverId, suspended);
        await h.slots.setStanding(h.begin(), trip.driverId, active);
        expect(await h.slot(trip.driverId)).toMatchObject({ suspended: false, pendingOffline: true });
        await h.slots.clear(h.begin(), trip.tripId);
        expect(await h.slot(trip.driverId)).toMatchObject({ state: 'offline', pendingOffline: false });
      });

      it('lifted, lets the driver go available again; closed, never', async () => {
        const driverId = await h.availableDriver();
        await h.slots.setStanding(h.begin(), driverId, suspended);
        await h.slots.setStanding(h.begin(), driverId, active);
        expect(await h.slot(driverId)).toMatchObject({ suspended: false, state: 'offline' });
        await h.slots.setStanding(h.begin(), driverId, { suspended: false, deactivated: true });
        await h.slots.setStanding(h.begin(), driverId, active);
        expect(await h.slot(driverId)).toMatchObject({ suspended: true, state: 'offline' });
      });

      it('closed while suspended, stays closed when the suspension is lifted', async () => {
        const driverId = await h.availableDriver();
        await h.slots.setStanding(h.begin(), driverId, { suspended: false, deactivated: true });
        await h.slots.setStanding(h.begin(), driverId, suspended);
        await h.slots.setStanding(h.begin(), driverId, active);
        expect(await h.slot(driverId)).toMatchObject({ suspended: true });
        expect((await h.eventsOf(`slot:${driverId}`)).at(-1)).toMatchObject({ data: { reason: 'deactivated' } });
      });

      it('of somebody who becomes a driver later, is remembered', async () => {
        const registration = { license: LICENSE, vehicle: VEHICLE };
        const histories = [
          { standings: [suspended], barred: true },
          { standings: [suspended, active], barred: false },
          { standings: [{ suspended: false, deactivated: true }], barred: true },
        ];
        for (const { standings, barred } of histories) {
          const userId = uuid();
          for (const standing of standings) await h.slots.setStanding(h.begin(), userId, standing);
          await h.drivers.register(h.begin(), { driverId: userId, ...registration });
          expect(await h.slot(userId)).toMatchObject({ suspended: barred, state: 'offline' });
        }
      });

      it('and a registration at once, do not miss each other', async () => {
        for (let round = 0; round < 10; round += 1) {
          const driverId = uuid();
          await Promise.all([
            h.slots.setStanding(h.begin(), driverId, suspended),
            h.other.drivers.register(h.begin(), { driverId, license: LICENSE, vehicle: VEHICLE }),
          ]);
          expect(await h.slot(driverId)).toMatchObject({ suspended: true });
        }
      });
    });

    describe('expireOffers', () => {
      it('ends what is over and nothing else', async () => {
        const [open, over] = [await offered(), await dead()];
        expect(await h.slots.expireOffers(h.begin(), 200)).toBeGreaterThanOrEqual(1);
        expect(await offerState(over)).toBe('expired');
        expect(await offerState(open)).toBe('open');
        expect((await h.eventsOf(`slot:${over.driverId}`)).at(-1)).toMatchObject({
          sequence: 3,
          data: { reason: 'offer_expired', state: 'available', tripId: over.tripId, offerId: over.offerId },
        });
        expect(await h.slots.expireOffers(h.begin(), 200)).toBe(0);
      });

      it('of more than it may, ends as many as it may', async () => {
        const fleet = await h.availableFleet(3);
        await reserve(...fleet.map((driverId) => reservation(driverId, BRIEFLY)));
        await h.elapse(2);
        expect(await h.slots.expireOffers(h.begin(), 2)).toBe(2);
        expect(await h.slots.expireOffers(h.begin(), 2)).toBe(1);
      });

      it('by two processes at once, ends each offer once', async () => {
        const fleet = await h.availableFleet(20);
        await reserve(...fleet.map((driverId) => reservation(driverId, BRIEFLY)));
        await h.elapse(2);
        const ended = await Promise.all([
          h.slots.expireOffers(h.begin(), 200),
          h.other.slots.expireOffers(h.begin(), 200),
        ]);
        expect(ended[0] + ended[1]).toBe(20);
      });
    });

    describe('claimAssignments', () => {
      const all = { olderThanMs: 0, againMs: 0, limit: 200 };
      const rarely = { ...all, againMs: 600_000 };

      it('hands an assignment out once per interval', async () => {
        const { driverId, tripId, offerId, epoch } = await assigned();
        const assignment = { driverId, tripId, offerId, epoch };
        expect(await h.slots.claimAssignments('unsettled', rarely)).toContainEqual(assignment);
        expect(await h.slots.claimAssignments('unsettled', rarely)).toEqual([]);
        await h.elapse(5);
        const again = await h.slots.claimAssignments('unsettled', { ...all, againMs: 5 });
        expect(again).toContainEqual(assignment);
      });

      it('by two processes at once, hands each assignment out once', async () => {
        const mine = [await assigned(), await assigned(), await assigned()].map(({ driverId }) => driverId);
        const claimed = await Promise.all([
          h.slots.claimAssignments('unsettled', rarely),
          h.other.slots.claimAssignments('unsettled', rarely),
        ]);
        const handedOut = claimed.flat().map(({ driverId }) => driverId);
        expect(handedOut.filter((driverId) => mine.includes(driverId)).toSorted()).toEqual(mine.toSorted());
      });

      it('hands out none that is younger than asked for', async () => {
        await assigned();
        expect(await h.slots.claimAssignments('unsettled', { ...all, olderThanMs: 600_000 })).toEqual([]);
      });

      it('tells settled ones from the others', async () => {
        const { driverId, tripId, offerId, epoch } = await assigned();
        const assignment = { driverId, tripId, offerId, epoch };
        expect(await h.slots.claimAssignments('settled', all)).not.toContainEqual(assignment);
        await h.slots.settle(h.begin(), assignment);
        expect(await h.slots.claimAssignments('settled', rarely)).not.toContainEqual(assignment);
        expect(await h.slots.claimAssignments('settled', all)).toContainEqual(assignment);
        expect(await h.slots.claimAssignments('unsettled', all)).not.toContainEqual(assignment);
      });

      it('hands out no more than asked for', async () => {
        await assigned();
        await assigned();
        expect(await h.slots.claimAssignments('unsettled', { ...all, limit: 1 })).toHaveLength(1);
      });
    });

    describe('countOnline', () => {
      it('counts whoever is not offline', async () => {
        const before = await h.slots.countOnline();
        await h.verifiedDriver();
        await h.availableDriver();
        await assigned();
        expect(await h.slots.countOnline()).toBe(before + 2);
      });
    });

    describe('an operation', () => {
      it('with a transaction, has its change stand or fall with it', async () => {
        const offer = reservation(await h.availableDriver());
        const told = h.changes.length;
        const failing = h.together(async (operation) => {
          await h.slots.reserve(operation, [offer]);
          throw new Error('all of it');
        });
        await expect(failing).rejects.toThrow('all of it');
        expect(await h.slot(offer.driverId)).toMatchObject({ state: 'available', epoch: 1 });
        expect(await h.eventsOf(`slot:${offer.driverId}`)).toHaveLength(1);
        expect(h.changes).toHaveLength(told);
        await h.together(async (operation) => {
          await h.slots.reserve(operation, [offer]);
          expect(h.changes).toHaveLength(told);
          expect(await h.slots.confirm(operation, offer)).toBe(3);
        });
        expect(h.changes.slice(told).map(({ reason }) => reason)).toEqual(['offered', 'accepted']);
        expect(await h.eventsOf(`slot:${offer.driverId}`)).toHaveLength(3);
      });

      it('that has been taken over, changes nothing', async () => {
        const driverId = await h.availableDriver();
        const takenOver = { ...h.begin<Verdict[]>(), seal: () => Promise.reject(new Error('taken over')) };
        await expect(h.slots.reserve(takenOver, [reservation(driverId)])).rejects.toThrow('taken over');
        expect(await h.slot(driverId)).toMatchObject({ state: 'available', epoch: 1 });
      });

      it('seals with its result, in the transaction of its effect', async () => {
        const sealed: unknown[] = [];
        const seal = (_tx: unknown, result: unknown) => Promise.resolve(void sealed.push(result));
        const offer = await offered();
        await h.slots.confirm({ ...h.begin(), seal }, offer);
        expect(sealed).toEqual([3]);
      });
    });
  });
}
