import { createMemoryServer } from '@rideshare/memory';
import type { Interference } from '@rideshare/memory';
import { waitingEvents } from '@rideshare/messaging';
import { fakeClock } from '@rideshare/testing';
import type { OfferState, SlotChange } from '../../src/domain/slot.ts';
import { createMemoryStores } from '../../src/store/stores.memory.ts';
import { drivers, offers, slots } from '../../src/store/tables.memory.ts';
import { begin, LICENSE, recruiting, uuid, VEHICLE } from './builders.ts';
import type { MakeStage, WaitingEvent } from './stage.ts';
import { createStoreHarness } from './store-harness.ts';

/** A few turns, a different number each time, so that two processes get into each other's way in many ways. */
function unevenly(start: number): Interference {
  let step = start;
  return async () => {
    step = (step * 7 + 3) % 11;
    for (let turn = 0; turn < step; turn += 1) await Promise.resolve();
  };
}

/** Over a database in memory, whose clock moves only when it is told to. */
export const memoryStage: MakeStage = () => {
  const clock = fakeClock();
  const server = createMemoryServer({ clock });
  const database = server.connect(unevenly(0));
  const changes: SlotChange[] = [];
  const stores = createMemoryStores(database, (change) => changes.push(change));
  const start = <Result = unknown>() => begin<Result>(clock.now());
  return Promise.resolve({
    ...stores,
    ...recruiting(stores, start),
    other: createMemoryStores(server.connect(unevenly(4)), () => undefined),
    changes,
    begin: start,
    together: (work) => database.transaction((transaction) => work({ ...start(), transaction })),
    async elapse(byMs) {
      clock.advance(byMs);
    },
    async availableFleet(size) {
      const ids = Array.from({ length: size }, uuid);
      const template = await stores.drivers.register(start(), { driverId: uuid(), license: LICENSE, vehicle: VEHICLE });
      await database.transaction((tx) => {
        const offline = tx.get(slots, template.driver.id)!;
        for (const id of ids) {
          const driver = { ...template.driver, id };
          tx.put(drivers, id, { driver, verification: 'verified', license: LICENSE });
          const eligibleUntil = new Date('2099-01-01');
          tx.put(slots, id, { ...offline, driverId: id, state: 'available', epoch: 1, eligibleUntil });
        }
      });
      return ids;
    },
    slot: (driverId) => database.read((reader) => reader.get(slots, driverId)!),
    offers: (driverIds) =>
      database.read((reader) => {
        const theirs = reader.all(offers).filter((offer) => driverIds.includes(offer.driverId));
        return new Map(theirs.map(({ offerId, state }) => [offerId, state]));
      }),
    async eventsOf(stream) {
      const events = await waitingEvents(database);
      return events
        .map(({ envelope }) => envelope as unknown as WaitingEvent)
        .filter((event) => event.stream === stream);
    },
    close: () => Promise.resolve(),
  });
};

/** Over a PostgreSQL database of its own; its time is real. */
export const postgresStage: MakeStage = async () => {
  const { database, ...harness } = await createStoreHarness();
  return {
    ...harness,
    begin,
    together: (work) => database.transaction((transaction) => work({ ...begin(), transaction })),
    async elapse(byMs) {
      await database.query('select pg_sleep($1::float8 / 1000)', [byMs]);
    },
    async slot(driverId) {
      const { rows } = await database.query<Awaited<ReturnType<Awaited<ReturnType<MakeStage>>['slot']>>>(
        `select driver_id as "driverId", vehicle_class as "vehicleClass", state, trip_id as "tripId",
           offer_id as "offerId", epoch, expires_at as "expiresAt", eligible_until as "eligibleUntil", suspended,
           pending_offline as "pendingOffline", settled, changed_at as "changedAt"
         from driver_slots where driver_id = $1`,
        [driverId],
      );
      return rows[0]!;
    },
    async offers(driverIds) {
      const { rows } = await database.query<{ offer_id: string; state: OfferState }>(
        'select offer_id, state from offers where driver_id = any ($1)',
        [driverIds],
      );
      return new Map(rows.map((offer) => [offer.offer_id, offer.state]));
    },
  };
};
