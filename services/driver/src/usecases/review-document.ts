import type { Operation } from '@rideshare/kernel';
import type { DriverDocument } from '../domain/documents.ts';
import { decideReview } from '../domain/driver.ts';
import { documentNotFound } from '../domain/errors.ts';
import type { DriverStore, Signals } from './ports.ts';
import { documentOf } from './submit-document.ts';
import type { Viewer } from './viewer.ts';

/**
 * Approves or rejects a document that waits for it.
 *
 * @throws `DOCUMENT_NOT_FOUND`, `DOCUMENT_TRANSITION_NOT_ALLOWED`.
 */
export async function reviewDocument(
  {
    drivers,
    signals,
  }: { readonly drivers: Pick<DriverStore, 'change' | 'exists'>; readonly signals: Pick<Signals, 'documentReviewed'> },
  operation: Operation<DriverDocument>,
  reviewer: Viewer,
  command: {
    readonly driverId: string;
    readonly documentId: string;
    readonly decision: 'approve' | 'reject';
    readonly reason: string | null;
  },
): Promise<DriverDocument> {
  if (!(await drivers.exists(command.driverId))) throw documentNotFound();
  const document = await drivers.change(
    operation,
    command.driverId,
    (driver) => ({ events: decideReview(driver, { ...command, at: operation.at }), reviewedBy: reviewer.userId }),
    (driver) => documentOf(driver, command.documentId),
  );
  signals.documentReviewed(command.decision === 'approve' ? 'approved' : 'rejected');
  return document;
}
