import path from 'node:path';
import type { Operation } from '@rideshare/kernel';
import { createOperation, systemIds } from '@rideshare/kernel/system';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase } from '@rideshare/testing';
import type { TestDatabase } from '@rideshare/testing';
import { MANDATORY_DOCUMENTS } from '../../src/domain/documents.ts';
import { decideSubmission } from '../../src/domain/driver.ts';
import type { SlotChange } from '../../src/domain/slot.ts';
import { createStores } from '../../src/store/stores.pg.ts';
import type { Reservation, Stores } from '../../src/usecases/ports.ts';

export const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');

/** Stores on a database of their own; `other` is a second pool, as another process would have it. */
export interface StoreHarness extends Stores {
  readonly database: Database;
  readonly other: Stores & { readonly database: Database };
  readonly test: TestDatabase;
  readonly changes: SlotChange[];
  /** A driver who may be offered trips, in state `available`. */
  availableDriver(): Promise<string>;
  /** A driver whose documents are approved, offline. */
  verifiedDriver(expiresOn?: string): Promise<string>;
  newDriver(): Promise<string>;
  /** Many available drivers at once, put there without their histories. */
  availableFleet(size: number): Promise<string[]>;
  /** The data of a stream's events that wait in the outbox, in order. */
  eventsOf(stream: string): Promise<{ type: string; sequence: number; data: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

export function begin<Result = unknown>(): Operation<Result> {
  return createOperation<Result>({ seed: systemIds.next(), at: new Date() });
}

export const uuid = (): string => systemIds.next();

export function reservation(driverId: string, more: Partial<Reservation> = {}): Reservation {
  return {
    driverId,
    tripId: uuid(),
    offerId: uuid(),
    riderId: uuid(),
    ttlMs: 15_000,
    pickup: { lat: 41.15, lng: -8.61 },
    destination: { lat: 41.16, lng: -8.63 },
    fare: { amount: 1_250, currency: 'EUR' },
    earnings: { amount: 1_000, currency: 'EUR' },
    pickupEtaS: 240,
    ...more,
  };
}

export async function createStoreHarness(): Promise<StoreHarness> {
  const test = await createTestDatabase({ migrate: { schema: 'driver', dir: MIGRATIONS } });
  const open = () => createDatabase({ url: test.url, applicationName: 'driver-test', poolMax: 30 });
  const changes: SlotChange[] = [];
  const database = open();
  const stores = createStores(database, (change) => changes.push(change));
  const second = open();
  const { drivers, slots } = stores;

  const newDriver = async (): Promise<string> => {
    const driverId = uuid();
    await drivers.register(begin(), {
      driverId,
      license: { last4: '1234', hash: 'hash' },
      vehicle: { make: 'Seat', model: 'Ibiza', year: 2021, plate: 'AA-00-BB', color: 'red', class: 'economy' },
    });
    return driverId;
  };
  const verifiedDriver = async (expiresOn = '2099-12-31'): Promise<string> => {
    const driverId = await newDriver();
    for (const type of MANDATORY_DOCUMENTS) {
      const operation = begin();
      const number = { last4: '1234', hash: 'hash' };
      const command = {
        documentId: operation.id('document'),
        type,
        number,
        expiresOn,
        at: operation.at,
        autoApprove: true,
      };
      await drivers.change(
        operation,
        driverId,
        (driver) => ({ events: decideSubmission(driver, command) }),
        () => undefined,
      );
    }
    return driverId;
  };
  return {
    ...stores,
    database,
    other: { ...createStores(second, () => undefined), database: second },
    test,
    changes,
    newDriver,
    verifiedDriver,
    async availableDriver() {
      const driverId = await verifiedDriver();
      await slots.setStatus(begin(), driverId, () => ({
        outcome: 'change',
        to: 'available',
        reason: 'went_available',
      }));
      return driverId;
    },
    async availableFleet(size) {
      const ids = Array.from({ length: size }, uuid);
      await database.query(
        `with d as (
           insert into drivers (driver_id, license_hash, license_last4, make, model, year, plate, color, vehicle_class,
             verification, version, registered_at)
           select id, 'hash', '1234', 'Seat', 'Ibiza', 2021, 'AA-00-BB', 'red', 'economy', 'verified', 1, clock_timestamp()
           from unnest($1::uuid[]) as u (id) returning driver_id)
         insert into driver_slots (driver_id, vehicle_class, state, epoch, eligible_until, changed_at)
         select driver_id, 'economy', 'available', 1, '2099-01-01', clock_timestamp() from d`,
        [ids],
      );
      return ids;
    },
    async eventsOf(stream) {
      const { rows } = await database.query<{
        envelope: { type: string; sequence: number; data: Record<string, unknown> };
      }>(`select envelope from outbox where envelope ->> 'stream' = $1 order by id`, [stream]);
      return rows.map(({ envelope }) => envelope);
    },
    async close() {
      await Promise.all([database.close(), second.close()]);
      await test.drop();
    },
  };
}
