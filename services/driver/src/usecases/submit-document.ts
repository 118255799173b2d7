import { assert } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import type { DocumentType, DriverDocument } from '../domain/documents.ts';
import { decideSubmission } from '../domain/driver.ts';
import type { Driver } from '../domain/driver.ts';
import type { DriverStore, NumberTraces, Signals } from './ports.ts';
import { requireSelf } from './viewer.ts';
import type { Viewer } from './viewer.ts';

interface Deps {
  readonly drivers: Pick<DriverStore, 'change'>;
  readonly numbers: NumberTraces;
  readonly signals: Pick<Signals, 'documentReviewed'>;
  readonly autoApprove: boolean;
}

/**
 * Hands in a document for review.
 *
 * @throws `DRIVER_NOT_FOUND`, `DOCUMENT_ALREADY_EXPIRED`.
 */
export async function submitDocument(
  { drivers, numbers, signals, autoApprove }: Deps,
  operation: Operation<DriverDocument>,
  viewer: Viewer,
  command: {
    readonly driverId: string;
    readonly type: DocumentType;
    readonly number: string;
    readonly expiresOn: string;
  },
): Promise<DriverDocument> {
  requireSelf(viewer, command.driverId);
  const documentId = operation.id('document');
  const document = await drivers.change(
    operation,
    command.driverId,
    (driver) => ({
      events: decideSubmission(driver, {
        documentId,
        type: command.type,
        number: numbers.trace(command.number),
        expiresOn: command.expiresOn,
        at: operation.at,
        autoApprove,
      }),
    }),
    (driver) => documentOf(driver, documentId),
  );
  if (document.state === 'approved') signals.documentReviewed('approved');
  return document;
}

/** A document that was just written. */
export function documentOf(driver: Driver, documentId: string): DriverDocument {
  const document = driver.documents.find(({ id }) => id === documentId);
  assert(document, 'a change keeps the document it is about');
  return document;
}
