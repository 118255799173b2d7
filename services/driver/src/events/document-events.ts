import { driverDocumentReviewed, driverDocumentSubmitted, driverRegistered } from '@rideshare/contracts';
import type { EventData } from '@rideshare/contracts';
import type { Driver, DriverEvent } from '../domain/driver.ts';
import type { Verification } from '../domain/documents.ts';

type Submitted = Extract<DriverEvent, { type: 'document_submitted' }>;
type Reviewed = Extract<DriverEvent, { type: 'document_reviewed' }>;

/** The event of a new driver. */
export function registered(driver: Driver) {
  const data: EventData<typeof driverRegistered> = { driverId: driver.id, vehicleClass: driver.vehicle.class };
  return { definition: driverRegistered, data };
}

/** The event of a document that waits for review. */
export function documentSubmitted(driverId: string, { document }: Submitted, verification: Verification) {
  const data: EventData<typeof driverDocumentSubmitted> = {
    driverId,
    documentId: document.id,
    documentType: document.type,
    expiresOn: document.expiresOn,
    verification,
  };
  return { definition: driverDocumentSubmitted, data };
}

/** The event of a document that was decided, or has expired. */
export function documentReviewed(driverId: string, event: Reviewed, verification: Verification) {
  const data: EventData<typeof driverDocumentReviewed> = {
    driverId,
    documentId: event.documentId,
    documentType: event.documentType,
    outcome: event.outcome,
    reason: event.reason,
    verification,
  };
  return { definition: driverDocumentReviewed, data };
}
