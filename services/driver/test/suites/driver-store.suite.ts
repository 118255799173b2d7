import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MANDATORY_DOCUMENTS } from '../../src/domain/documents.ts';
import type { DriverDocument } from '../../src/domain/documents.ts';
import { decideExpiry, decideReview, decideSubmission } from '../../src/domain/driver.ts';
import type { Driver, DriverEvent } from '../../src/domain/driver.ts';
import type { DriverView } from '../../src/usecases/ports.ts';
import { LICENSE, reservation, uuid, VEHICLE } from '../support/builders.ts';
import type { MakeStage, Stage } from '../support/stage.ts';

/** What every store of drivers promises. */
export function driverStoreSuite(name: string, makeStage: MakeStage): void {
  describe(`${name}, as a driver store`, () => {
    let h: Stage;

    beforeAll(async () => {
      h = await makeStage();
    });
    afterAll(async () => {
      await h.close();
    });

    const registration = (driverId = uuid()) => ({ driverId, license: LICENSE, vehicle: VEHICLE });
    const whole = (driver: Driver): Driver => driver;

    /** Carries out what a decision makes of a driver. */
    function change(driverId: string, decide: (driver: Driver, at: Date) => readonly DriverEvent[]): Promise<Driver> {
      const operation = h.begin<Driver>();
      return h.drivers.change(operation, driverId, (driver) => ({ events: decide(driver, operation.at) }), whole);
    }

    async function submit(
      driverId: string,
      more: Partial<Pick<DriverDocument, 'type' | 'expiresOn'>> = {},
    ): Promise<string> {
      const documentId = uuid();
      const paper = { documentId, type: 'insurance', number: LICENSE, expiresOn: '2099-12-31', ...more } as const;
      await change(driverId, (driver, at) => decideSubmission(driver, { ...paper, at, autoApprove: false }));
      return documentId;
    }

    function review(driverId: string, documentId: string, decision: 'approve' | 'reject'): Promise<Driver> {
      return change(driverId, (driver, at) => decideReview(driver, { documentId, decision, reason: 'seen', at }));
    }

    const viewOf = async (driverId: string): Promise<DriverView> => (await h.drivers.find(driverId))!;

    async function assigned(driverId: string, riderId = uuid()) {
      const offer = reservation(driverId, { riderId });
      await h.slots.reserve(h.begin(), [offer]);
      expect(await h.slots.confirm(h.begin(), offer)).toBeDefined();
      return offer;
    }

    describe('register', () => {
      it('writes the profile, an empty slot and the event', async () => {
        const operation = h.begin<DriverView>();
        const { driverId, ...rest } = registration();
        const view = await h.drivers.register(operation, { driverId, ...rest });
        expect(view).toEqual({
          driver: { id: driverId, version: 1, vehicle: VEHICLE, registeredAt: operation.at, documents: [] },
          verification: 'incomplete',
          status: 'offline',
          rating: null,
        });
        expect(await viewOf(driverId)).toEqual(view);
        expect(await h.drivers.exists(driverId)).toBe(true);
        expect(await h.slot(driverId)).toMatchObject({ state: 'offline', epoch: 0, eligibleUntil: null });
        expect(await h.eventsOf(`driver:${driverId}`)).toMatchObject([
          { id: operation.id('registered'), type: 'driver.registered', sequence: 1, data: { vehicleClass: 'economy' } },
        ]);
      });

      it('a second time, is refused', async () => {
        const driverId = await h.newDriver();
        await expect(h.drivers.register(h.begin(), registration(driverId))).rejects.toMatchObject({
          code: 'DRIVER_EXISTS',
        });
      });

      it('twenty times at once, by two processes, registers once', async () => {
        const driverId = uuid();
        const stores = [h.drivers, h.other.drivers];
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, index) => stores[index % 2]!.register(h.begin(), registration(driverId))),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'DRIVER_EXISTS' });
        }
        expect(await h.eventsOf(`driver:${driverId}`)).toHaveLength(1);
      });

      it('knows nobody else', async () => {
        expect(await h.drivers.exists(uuid())).toBe(false);
        expect(await h.drivers.find(uuid())).toBeUndefined();
      });
    });

    describe('change', () => {
      it('appends what was decided, with one event for each step', async () => {
        const driverId = await h.newDriver();
        const documentId = await submit(driverId);
        const after = await review(driverId, documentId, 'approve');
        const { driver, verification } = await viewOf(driverId);
        expect(driver).toEqual(after);
        expect(driver).toMatchObject({
          version: 3,
          documents: [{ id: documentId, state: 'approved', numberLast4: '1234', expiresOn: '2099-12-31' }],
        });
        expect(verification).toBe('incomplete');
        expect(await h.eventsOf(`driver:${driverId}`)).toMatchObject([
          { type: 'driver.registered', sequence: 1 },
          { type: 'driver.document_submitted', sequence: 2, data: { documentId, verification: 'incomplete' } },
          { type: 'driver.document_reviewed', sequence: 3, data: { documentId, outcome: 'approved', reason: 'seen' } },
        ]);
      });

      it('that decides for nothing, writes nothing', async () => {
        const driverId = await h.newDriver();
        expect(await change(driverId, () => [])).toMatchObject({ version: 1 });
        expect(await h.eventsOf(`driver:${driverId}`)).toHaveLength(1);
      });

      it('whose decision is a refusal, passes it on and writes nothing', async () => {
        const driverId = await h.newDriver();
        await expect(review(driverId, uuid(), 'approve')).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
        expect((await viewOf(driverId)).driver.version).toBe(1);
      });

      it('of nobody, finds no driver', async () => {
        await expect(change(uuid(), () => [])).rejects.toMatchObject({ code: 'DRIVER_NOT_FOUND' });
      });

      it('by two processes at once, decides the second on what the first has made of it', async () => {
        const driverId = await h.newDriver();
        const documentId = await submit(driverId);
        const decideIn = (drivers: Stage['drivers'], decision: 'approve' | 'reject') => {
          const operation = h.begin<Driver>();
          const command = { documentId, decision, reason: null, at: operation.at };
          return drivers.change(operation, driverId, (driver) => ({ events: decideReview(driver, command) }), whole);
        };
        const outcomes = await Promise.allSettled([
          decideIn(h.drivers, 'approve'),
          decideIn(h.other.drivers, 'reject'),
        ]);
        expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
        expect(await h.eventsOf(`driver:${driverId}`)).toHaveLength(3);
      });

      it('keeps documents in the order of their submission, without those that were replaced', async () => {
        const driverId = await h.newDriver();
        const ids: string[] = [];
        for (const type of ['profile_photo', 'insurance', 'driving_license', 'insurance'] as const) {
          ids.push(await submit(driverId, { type }));
          await h.elapse(1);
        }
        // by a process whose clock is behind
        const late = uuid();
        const paper = { documentId: late, type: 'background_check', number: LICENSE, expiresOn: '2099-12-31' } as const;
        const at = new Date('2020-01-01T00:00:00.000Z');
        await change(driverId, (driver) => decideSubmission(driver, { ...paper, at, autoApprove: false }));
        const { documents } = (await viewOf(driverId)).driver;
        expect(documents.map(({ id }) => id)).toEqual([late, ids[0], ids[2], ids[3]]);
        const seen: string[] = [];
        await change(driverId, (driver) => {
          seen.push(...driver.documents.map(({ id }) => id));
          return [];
        });
        expect(seen).toEqual(documents.map(({ id }) => id));
      });
    });

    describe('the slot', () => {
      it('may be offered trips from the last mandatory approval until the first document lapses', async () => {
        const driverId = await h.newDriver();
        for (const type of MANDATORY_DOCUMENTS) {
          expect(await h.slot(driverId)).toMatchObject({ eligibleUntil: null });
          const expiresOn = type === 'insurance' ? '2098-06-30' : '2099-12-31';
          await review(driverId, await submit(driverId, { type, expiresOn }), 'approve');
        }
        expect(await h.slot(driverId)).toMatchObject({ eligibleUntil: new Date('2098-07-01T00:00:00.000Z'), epoch: 0 });
        expect(await viewOf(driverId)).toMatchObject({ verification: 'verified', status: 'offline' });
      });

      it('goes offline with a rejected renewal, and its offer is withdrawn', async () => {
        const driverId = await h.availableDriver();
        const offer = reservation(driverId);
        await h.slots.reserve(h.begin(), [offer]);
        await review(driverId, await submit(driverId), 'reject');
        expect(await viewOf(driverId)).toMatchObject({ status: 'offline', verification: 'rejected' });
        expect((await h.offers([driverId])).get(offer.offerId)).toBe('withdrawn');
        expect((await h.eventsOf(`slot:${driverId}`)).at(-1)).toMatchObject({
          sequence: 3,
          data: { reason: 'document_rejected', state: 'offline' },
        });
        expect(h.changes.at(-1)).toMatchObject({ reason: 'document_rejected', slot: { driverId, eligible: false } });
      });

      it('stays available while a renewal waits', async () => {
        const driverId = await h.availableDriver();
        await submit(driverId);
        expect(await viewOf(driverId)).toMatchObject({ status: 'available', verification: 'pending' });
      });

      it('whose papers lapse on a trip, is left alone until the trip ends', async () => {
        const driverId = await h.availableDriver();
        const { tripId } = await assigned(driverId);
        await change(driverId, (driver) => decideExpiry(driver, new Date('2101-01-01')));
        expect(await h.slot(driverId)).toMatchObject({ state: 'assigned', pendingOffline: true, eligibleUntil: null });
        await h.slots.clear(h.begin(), tripId);
        expect(await h.slot(driverId)).toMatchObject({ state: 'offline', pendingOffline: false });
      });

      it('of an offline driver, changes no state when papers lapse', async () => {
        const driverId = await h.verifiedDriver();
        await change(driverId, (driver) => decideExpiry(driver, new Date('2101-01-01')));
        expect(await h.slot(driverId)).toMatchObject({ state: 'offline', epoch: 0, eligibleUntil: null });
        expect(await h.eventsOf(`slot:${driverId}`)).toEqual([]);
      });
    });

    describe('isDriverOf', () => {
      it('is true of the rider on the way, and of riders who are remembered', async () => {
        const driverId = await h.availableDriver();
        const [riderId, stranger] = [uuid(), uuid()];
        const offer = reservation(driverId, { riderId });
        await h.slots.reserve(h.begin(), [offer]);
        expect(await h.drivers.isDriverOf(driverId, riderId)).toBe(false);
        await h.slots.confirm(h.begin(), offer);
        expect(await h.drivers.isDriverOf(driverId, riderId)).toBe(true);
        expect(await h.drivers.isDriverOf(driverId, stranger)).toBe(false);
        await h.slots.clear(h.begin(), offer.tripId);
        expect(await h.drivers.isDriverOf(driverId, riderId)).toBe(false);
        await h.performance.rememberRider(h.begin(), { driverId, riderId, tripId: offer.tripId });
        expect(await h.drivers.isDriverOf(driverId, riderId)).toBe(true);
      });
    });

    describe('list', () => {
      it('pages in the order of registration, by verification', async () => {
        const ids: string[] = [];
        for (let count = 0; count < 5; count += 1) {
          ids.push(count === 2 ? await h.verifiedDriver() : await h.newDriver());
          if (count % 2 === 0) await h.elapse(1);
        }
        const seen: DriverView[] = [];
        for (;;) {
          const last = seen.at(-1)?.driver;
          const after = last && { registeredAt: last.registeredAt.toISOString(), driverId: last.id };
          const page = await h.drivers.list({ verification: undefined, after, limit: 2 });
          seen.push(...page);
          if (page.length < 2) break;
        }
        const mine = seen.filter(({ driver }) => ids.includes(driver.id));
        expect(mine.map(({ driver }) => driver.id)).toEqual(ids);
        expect(seen.map(({ driver }) => driver.id)).toHaveLength(new Set(seen.map(({ driver }) => driver.id)).size);
        expect(mine[2]).toEqual(await viewOf(ids[2]!));
        const verified = await h.drivers.list({ verification: 'verified', after: undefined, limit: 1_000 });
        expect(verified.map(({ driver }) => driver.id).filter((id) => ids.includes(id))).toEqual([ids[2]]);
      });
    });

    describe('withLapsedDocuments', () => {
      it('finds drivers with an approved document whose last day is over, each once', async () => {
        const papers = { expiresOn: '2030-05-31', at: new Date('2026-01-01') };
        const [lapsing, valid] = [await h.verifiedDriver(papers), await h.verifiedDriver()];
        const waiting = await h.newDriver();
        await submit(waiting, { expiresOn: '2030-05-31' });
        expect(await h.drivers.withLapsedDocuments('2030-05-31', 100)).toEqual([]);
        expect(await h.drivers.withLapsedDocuments('2030-06-01', 100)).toEqual([lapsing]);
        const later = await h.drivers.withLapsedDocuments('2100-01-01', 100);
        expect(later).toEqual(later.toSorted());
        expect(later).toEqual(expect.arrayContaining([lapsing, valid]));
        expect(later).not.toContain(waiting);
        expect(await h.drivers.withLapsedDocuments('2100-01-01', 1)).toEqual(later.slice(0, 1));
        await change(lapsing, (driver) => decideExpiry(driver, new Date('2030-06-01')));
        expect(await h.drivers.withLapsedDocuments('2030-06-01', 100)).toEqual([]);
      });
    });

    describe('an operation', () => {
      it('with a transaction, has its change stand or fall with it', async () => {
        const driverId = uuid();
        const failing = h.together(async (operation) => {
          await h.drivers.register(operation, registration(driverId));
          throw new Error('all of it');
        });
        await expect(failing).rejects.toThrow('all of it');
        expect(await h.drivers.exists(driverId)).toBe(false);
        expect(await h.eventsOf(`driver:${driverId}`)).toEqual([]);
      });

      it('that has been taken over, changes nothing', async () => {
        const takenOver = { ...h.begin<DriverView>(), seal: () => Promise.reject(new Error('taken over')) };
        const driverId = uuid();
        await expect(h.drivers.register(takenOver, registration(driverId))).rejects.toThrow('taken over');
        expect(await h.drivers.exists(driverId)).toBe(false);
      });
    });
  });
}
