import path from 'node:path';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase } from '@rideshare/testing';
import type { TestDatabase } from '@rideshare/testing';
import type { SlotChange } from '../../src/domain/slot.ts';
import { createStores } from '../../src/store/stores.pg.ts';
import type { Stores } from '../../src/usecases/ports.ts';
import { begin, recruiting, reservation, uuid } from './builders.ts';
import type { Recruits } from './builders.ts';
import type { WaitingEvent } from './stage.ts';

export const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');

/** Stores on a database of their own; `other` is a second pool, as another process would have it. */
export interface StoreHarness extends Stores, Recruits {
  readonly database: Database;
  readonly other: Stores & { readonly database: Database };
  readonly test: TestDatabase;
  readonly changes: SlotChange[];
  /** Many available drivers at once, put there without their histories. */
  availableFleet(size: number): Promise<string[]>;
  /** The data of a stream's events that wait in the outbox, in order. */
  eventsOf(stream: string): Promise<WaitingEvent[]>;
  close(): Promise<void>;
}

export { begin, reservation, uuid };

export async function createStoreHarness(): Promise<StoreHarness> {
  const test = await createTestDatabase({ migrate: { schema: 'driver', dir: MIGRATIONS } });
  const open = () => createDatabase({ url: test.url, applicationName: 'driver-test', poolMax: 30 });
  const changes: SlotChange[] = [];
  const database = open();
  const stores = createStores(database, (change) => changes.push(change));
  const second = open();
  return {
    ...stores,
    database,
    other: { ...createStores(second, () => undefined), database: second },
    test,
    changes,
    ...recruiting(stores, begin),
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
      const { rows } = await database.query<{ envelope: WaitingEvent }>(
        `select envelope from outbox where envelope ->> 'stream' = $1 order by id`,
        [stream],
      );
      return rows.map(({ envelope }) => envelope);
    },
    async close() {
      await Promise.all([database.close(), second.close()]);
      await test.drop();
    },
  };
}
