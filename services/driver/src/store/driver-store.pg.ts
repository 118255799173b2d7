import type { Operation } from '@rideshare/kernel';
import { appendToOutbox } from '@rideshare/messaging';
import { isUniqueViolation } from '@rideshare/postgres';
import type { Database, PgTransaction } from '@rideshare/postgres';
import { eligibleUntilOf } from '../domain/documents.ts';
import { evolve, verificationAt, whyIneligible } from '../domain/driver.ts';
import type { Driver, DriverEvent } from '../domain/driver.ts';
import { driverExists, driverNotFound } from '../domain/errors.ts';
import type { DriverStore, DriverView, OnSlotChanged, Registration } from '../usecases/ports.ts';
import { readDocuments, readViews, toDriver } from './driver-rows.pg.ts';
import type { DriverRow } from './driver-rows.pg.ts';
import { documentEvents, registeredEvent } from './outgoing-events.ts';
import type { ChangeContext } from './slot-changes.pg.ts';
import { lockSlot, only } from './slot-rows.pg.ts';
import { leaveService } from './slot-store.pg.ts';

/** A {@link DriverStore} in PostgreSQL. `onSlotChanged` hears of slots that a review or the calendar took offline. */
export function createDriverStore(database: Database, onSlotChanged: OnSlotChanged): DriverStore {
  return {
    register: (operation, registration) => database.atomic(operation, (tx) => register(tx, operation, registration)),
    change: (operation, driverId, decide, toResult) =>
      database.atomic(operation, async (tx) => {
        const driver = await lockDriver(tx, driverId);
        if (!driver) throw driverNotFound();
        const { events, reviewedBy } = decide(driver);
        const context = { tx, operation, onChanged: onSlotChanged };
        return toResult(await append(context, driver, events, reviewedBy));
      }),
    async exists(driverId) {
      const { rows } = await database.query('select 1 from drivers where driver_id = $1', [driverId]);
      return rows.length === 1;
    },
    async find(driverId) {
      const [view] = await readViews(database, 'where d.driver_id = $1', [driverId]);
      return view;
    },
    async isDriverOf(driverId, riderId) {
      const { rows } = await database.query(
        `select 1 from driver_riders where driver_id = $1 and rider_id = $2
         union all select 1 from driver_slots s join offers o on o.offer_id = s.offer_id
         where s.driver_id = $1 and s.state = 'assigned' and o.rider_id = $2 limit 1`,
        [driverId, riderId],
        { name: 'is-driver-of' },
      );
      return rows.length === 1;
    },
    list: ({ verification, after, limit }) =>
      readViews(
        database,
        `where ($1::text is null or d.verification = $1)
           and ($2::timestamptz is null or (d.registered_at, d.driver_id) > ($2, $3::uuid))
         order by d.registered_at, d.driver_id limit $4`,
        [verification ?? null, after?.registeredAt ?? null, after?.driverId ?? null, limit],
      ),
    async withLapsedDocuments(day, limit) {
      const { rows } = await database.query<{ driver_id: string }>(
        `select distinct driver_id from driver_documents
         where not superseded and state = 'approved' and expires_on < $1::date
         order by driver_id limit $2`,
        [day, limit],
      );
      return rows.map((row) => row.driver_id);
    },
  };
}

async function register(
  tx: PgTransaction,
  operation: Operation<DriverView>,
  { driverId, license, vehicle }: Registration,
): Promise<DriverView> {
  const driver: Driver = { id: driverId, version: 1, vehicle, registeredAt: operation.at, documents: [] };
  const verification = verificationAt(driver, operation.at);
  try {
    await tx.query(
      `insert into drivers (driver_id, license_hash, license_last4, make, model, year, plate, color, vehicle_class,
         verification, version, registered_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)`,
      [
        driverId,
        license.hash,
        license.last4,
        vehicle.make,
        vehicle.model,
        vehicle.year,
        vehicle.plate,
        vehicle.color,
        vehicle.class,
        verification,
        operation.at,
      ],
    );
  } catch (error) {
    throw isUniqueViolation(error, 'drivers_pkey') ? driverExists() : error;
  }
  // the row that a suspension under way meets, so that neither misses the other
  const { rows } = await tx.query<{ suspended: boolean }>(
    `insert into account_standings as a (user_id) values ($1)
     on conflict (user_id) do update set user_id = a.user_id returning suspended or deactivated as suspended`,
    [driverId],
  );
  await tx.query(
    'insert into driver_slots (driver_id, vehicle_class, suspended, changed_at) values ($1, $2, $3, clock_timestamp())',
    [driverId, vehicle.class, only(rows).suspended],
  );
  appendToOutbox(tx, [registeredEvent(operation, driver)]);
  return { driver, verification, status: 'offline', rating: null };
}

/** Locks the profile; reservations, which only refer to it, are not held up. */
async function lockDriver(tx: PgTransaction, driverId: string): Promise<Driver | undefined> {
  const { rows } = await tx.query<DriverRow>('select * from drivers where driver_id = $1 for no key update', [
    driverId,
  ]);
  if (!rows[0]) return undefined;
  const documents = await readDocuments(tx, [driverId]);
  return toDriver(rows[0], documents.get(driverId) ?? []);
}

async function append(
  context: ChangeContext,
  before: Driver,
  events: readonly DriverEvent[],
  reviewedBy: string | undefined,
): Promise<Driver> {
  const { tx, operation } = context;
  if (events.length === 0) return before;
  const after = events.reduce(evolve, before);
  await writeDocuments(tx, before, after, reviewedBy);
  await tx.query('update drivers set version = $2, verification = $3 where driver_id = $1', [
    after.id,
    after.version,
    verificationAt(after, operation.at),
  ]);
  appendToOutbox(tx, documentEvents(operation, before, events));
  await keepEligibility(context, after, events);
  return after;
}

async function writeDocuments(
  tx: PgTransaction,
  before: Driver,
  after: Driver,
  reviewedBy: string | undefined,
): Promise<void> {
  const kept = new Set(after.documents.map(({ id }) => id));
  const gone = before.documents.filter(({ id }) => !kept.has(id));
  if (gone.length > 0) {
    await tx.query('update driver_documents set superseded = true where document_id = any ($1)', [
      gone.map(({ id }) => id),
    ]);
  }
  for (const document of after.documents) {
    if (before.documents.includes(document)) continue;
    await tx.query(
      `insert into driver_documents (document_id, driver_id, type, state, number_hash, number_last4, expires_on,
         submitted_at, reviewed_at, reason)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       on conflict (document_id) do update set state = excluded.state, reviewed_at = excluded.reviewed_at,
         reason = excluded.reason, reviewed_by = coalesce($11, driver_documents.reviewed_by)`,
      [
        document.id,
        after.id,
        document.type,
        document.state,
        document.numberHash,
        document.numberLast4,
        document.expiresOn,
        document.submittedAt,
        document.reviewedAt,
        document.reason,
        reviewedBy ?? null,
      ],
    );
  }
}

/** The slot follows the papers in the same transaction: a driver without valid ones leaves service. */
async function keepEligibility(context: ChangeContext, driver: Driver, events: readonly DriverEvent[]): Promise<void> {
  const slot = await lockSlot(context.tx, driver.id);
  if (!slot) return;
  const eligibleUntil = eligibleUntilOf(driver.documents);
  if (slot.eligibleUntil?.getTime() !== eligibleUntil?.getTime()) {
    await context.tx.query('update driver_slots set eligible_until = $2 where driver_id = $1', [
      driver.id,
      eligibleUntil,
    ]);
  }
  if (eligibleUntil !== null || slot.eligibleUntil === null) return;
  await leaveService(context, slot, whyIneligible(events));
}
