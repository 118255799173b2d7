import type { Queryable } from '@rideshare/postgres';
import type { DocumentState, DocumentType, DriverDocument, Verification } from '../domain/documents.ts';
import type { Driver, VehicleClass } from '../domain/driver.ts';
import { ratingOf } from '../domain/performance.ts';
import type { SlotState } from '../domain/slot.ts';
import type { DriverView } from '../usecases/ports.ts';

export interface DriverRow {
  readonly driver_id: string;
  readonly make: string;
  readonly model: string;
  readonly year: number;
  readonly plate: string;
  readonly color: string;
  readonly vehicle_class: VehicleClass;
  readonly version: number;
  readonly registered_at: Date;
}

interface DocumentRow {
  readonly document_id: string;
  readonly driver_id: string;
  readonly type: DocumentType;
  readonly state: DocumentState;
  readonly number_hash: string;
  readonly number_last4: string;
  readonly expires_on: string;
  readonly submitted_at: Date;
  readonly reviewed_at: Date | null;
  readonly reason: string | null;
}

interface ViewRow extends DriverRow {
  readonly verification: Verification;
  readonly status: SlotState;
  readonly stars_sum: number;
  readonly ratings: number;
}

const VIEWS = `select d.*, s.state as status, coalesce(t.stars_sum, 0) as stars_sum, coalesce(t.ratings, 0) as ratings
  from drivers d join driver_slots s on s.driver_id = d.driver_id
  left join driver_tallies t on t.driver_id = d.driver_id`;

/** The documents of drivers that no later one has replaced, oldest first. */
export async function readDocuments(
  database: Queryable,
  driverIds: readonly string[],
): Promise<ReadonlyMap<string, readonly DriverDocument[]>> {
  const { rows } = await database.query<DocumentRow>(
    `select * from driver_documents where driver_id = any ($1) and not superseded order by submitted_at, document_id`,
    [driverIds],
    { name: 'read-documents' },
  );
  const documents = new Map<string, DriverDocument[]>();
  for (const row of rows) {
    const own = documents.get(row.driver_id) ?? [];
    own.push(toDocument(row));
    documents.set(row.driver_id, own);
  }
  return documents;
}

function toDocument(row: DocumentRow): DriverDocument {
  return {
    id: row.document_id,
    type: row.type,
    state: row.state,
    numberLast4: row.number_last4,
    numberHash: row.number_hash,
    expiresOn: row.expires_on,
    submittedAt: row.submitted_at,
    reviewedAt: row.reviewed_at,
    reason: row.reason,
  };
}

export function toDriver(row: DriverRow, documents: readonly DriverDocument[]): Driver {
  return {
    id: row.driver_id,
    version: row.version,
    registeredAt: row.registered_at,
    vehicle: {
      make: row.make,
      model: row.model,
      year: row.year,
      plate: row.plate,
      color: row.color,
      class: row.vehicle_class,
    },
    documents,
  };
}

/** Drivers with their slots, ratings and documents; `where` follows the tables' aliases d, s and t. */
export async function readViews(database: Queryable, where: string, values: readonly unknown[]): Promise<DriverView[]> {
  const { rows } = await database.query<ViewRow>(`${VIEWS} ${where}`, values);
  const documents = await readDocuments(
    database,
    rows.map((row) => row.driver_id),
  );
  return rows.map((row) => ({
    driver: toDriver(row, documents.get(row.driver_id) ?? []),
    verification: row.verification,
    status: row.status,
    rating: ratingOf({ starsSum: row.stars_sum, ratings: row.ratings }),
  }));
}
