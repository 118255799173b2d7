import type { Operation } from '@rideshare/kernel';
import type { MemoryDatabase, MemoryTransaction, TableReader } from '@rideshare/memory';
import { appendToOutbox } from '@rideshare/messaging';
import { byAge, eligibleUntilOf } from '../domain/documents.ts';
import { evolve, verificationAt, whyIneligible } from '../domain/driver.ts';
import type { Driver, DriverEvent } from '../domain/driver.ts';
import { driverExists, driverNotFound } from '../domain/errors.ts';
import { NO_COUNTS, ratingOf } from '../domain/performance.ts';
import type { DriverPageStart, DriverStore, DriverView, OnSlotChanged, Registration } from '../usecases/ports.ts';
import { documentEvents, registeredEvent } from './outgoing-events.ts';
import { leaveService } from './slot-changes.memory.ts';
import type { ChangeContext } from './slot-changes.memory.ts';
import { drivers, offers, pair, riders, slots, standings, tallies } from './tables.memory.ts';
import type { DriverRecord } from './tables.memory.ts';

/** A {@link DriverStore} in memory. `onSlotChanged` hears of slots that a review or the calendar took offline. */
export function createMemoryDriverStore(database: MemoryDatabase, onSlotChanged: OnSlotChanged): DriverStore {
  return {
    register: (operation, registration) => database.atomic(operation, (tx) => register(tx, operation, registration)),
    change: (operation, driverId, decide, toResult) =>
      database.atomic(operation, (tx) => {
        const record = tx.get(drivers, driverId);
        if (!record) throw driverNotFound();
        const { events } = decide(record.driver);
        return toResult(append({ tx, operation, onChanged: onSlotChanged }, record, events));
      }),
    exists: (driverId) => database.read((reader) => reader.get(drivers, driverId) !== undefined),
    find: (driverId) =>
      database.read((reader) => {
        const record = reader.get(drivers, driverId);
        return record && viewOf(reader, record);
      }),
    isDriverOf: (driverId, riderId) =>
      database.read((reader) => {
        if (reader.get(riders, pair(driverId, riderId))) return true;
        const slot = reader.get(slots, driverId);
        if (slot?.state !== 'assigned' || slot.offerId === null) return false;
        return reader.get(offers, slot.offerId)?.riderId === riderId;
      }),
    list: ({ verification, after, limit }) =>
      database.read((reader) =>
        reader
          .all(drivers)
          .filter((record) => verification === undefined || record.verification === verification)
          .filter(({ driver }) => !after || inOrder(startOf(after), driver) < 0)
          .toSorted((a, b) => inOrder(a.driver, b.driver))
          .slice(0, limit)
          .map((record) => viewOf(reader, record)),
      ),
    withLapsedDocuments: (day, limit) =>
      database.read((reader) =>
        reader
          .all(drivers)
          .filter(({ driver }) => driver.documents.some((one) => one.state === 'approved' && one.expiresOn < day))
          .map(({ driver }) => driver.id)
          .toSorted()
          .slice(0, limit),
      ),
  };
}

type Place = Pick<Driver, 'registeredAt' | 'id'>;

function startOf({ registeredAt, driverId }: DriverPageStart): Place {
  return { registeredAt: new Date(registeredAt), id: driverId };
}

function inOrder(a: Place, b: Place): number {
  const ageMs = a.registeredAt.getTime() - b.registeredAt.getTime();
  if (ageMs !== 0 || a.id === b.id) return ageMs;
  return a.id < b.id ? -1 : 1;
}

function viewOf(reader: TableReader, { driver, verification }: DriverRecord): DriverView {
  const status = reader.get(slots, driver.id)?.state ?? 'offline';
  return { driver, verification, status, rating: ratingOf(reader.get(tallies, driver.id) ?? NO_COUNTS) };
}

function register(
  tx: MemoryTransaction,
  operation: Operation<DriverView>,
  { driverId, license, vehicle }: Registration,
): DriverView {
  if (tx.get(drivers, driverId)) throw driverExists();
  const driver: Driver = { id: driverId, version: 1, vehicle, registeredAt: operation.at, documents: [] };
  const verification = verificationAt(driver, operation.at);
  tx.put(drivers, driverId, { driver, verification, license });
  // having looked is enough: a suspension under way makes this run again, and one to come finds the slot
  const standing = tx.get(standings, driverId);
  tx.put(slots, driverId, {
    driverId,
    vehicleClass: vehicle.class,
    state: 'offline',
    tripId: null,
    offerId: null,
    epoch: 0,
    expiresAt: null,
    eligibleUntil: null,
    suspended: standing !== undefined && (standing.suspended || standing.deactivated),
    pendingOffline: false,
    settled: false,
    changedAt: tx.database.now(),
    checkedAt: null,
  });
  appendToOutbox(tx, [registeredEvent(operation, driver)]);
  return { driver, verification, status: 'offline', rating: null };
}

function append(context: ChangeContext, record: DriverRecord, events: readonly DriverEvent[]): Driver {
  const { tx, operation } = context;
  if (events.length === 0) return record.driver;
  const after = events.reduce(evolve, record.driver);
  tx.put(drivers, after.id, {
    ...record,
    driver: { ...after, documents: after.documents.toSorted(byAge) },
    verification: verificationAt(after, operation.at),
  });
  appendToOutbox(tx, documentEvents(operation, record.driver, events));
  keepEligibility(context, after, events);
  return after;
}

/** The slot follows the papers in the same transaction: a driver without valid ones leaves service. */
function keepEligibility(context: ChangeContext, driver: Driver, events: readonly DriverEvent[]): void {
  const slot = context.tx.get(slots, driver.id);
  if (!slot) return;
  const eligibleUntil = eligibleUntilOf(driver.documents);
  if (slot.eligibleUntil?.getTime() !== eligibleUntil?.getTime()) {
    context.tx.put(slots, driver.id, { ...slot, eligibleUntil });
  }
  if (eligibleUntil === null && slot.eligibleUntil !== null) leaveService(context, driver.id, whyIneligible(events));
}
