import type {
  driverDocumentReviewed,
  driverDocumentSubmitted,
  driverRegistered,
  EventData,
} from '@rideshare/contracts';
import type { Driver, DriverEvent } from '../domain/driver.ts';
import type { Verification } from '../domain/documents.ts';

type Submitted = Extract<DriverEvent, { type: 'document_submitted' }>;
type Reviewed = Extract<DriverEvent, { type: 'document_reviewed' }>;

export function registeredData(driver: Driver): EventData<typeof driverRegistered> {
  return { driverId: driver.id, vehicleClass: driver.vehicle.class };
}

export function submittedData(
  driverId: string,
  { document }: Submitted,
  verification: Verification,
): EventData<typeof driverDocumentSubmitted> {
  return {
    driverId,
    documentId: document.id,
    documentType: document.type,
    expiresOn: document.expiresOn,
    verification,
  };
}

export function reviewedData(
  driverId: string,
  event: Reviewed,
  verification: Verification,
): EventData<typeof driverDocumentReviewed> {
  return {
    driverId,
    documentId: event.documentId,
    documentType: event.documentType,
    outcome: event.outcome,
    reason: event.reason,
    verification,
  };
}
