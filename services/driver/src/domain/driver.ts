import { assert } from '@rideshare/kernel';
import { hasLapsed, verificationOf } from './documents.ts';
import type { DocumentType, DriverDocument, Verification } from './documents.ts';
import { documentAlreadyExpired, documentNotFound, documentTransitionNotAllowed } from './errors.ts';

export type VehicleClass = 'economy' | 'comfort' | 'xl' | 'accessible';

export interface Vehicle {
  readonly make: string;
  readonly model: string;
  readonly year: number;
  readonly plate: string;
  readonly color: string;
  readonly class: VehicleClass;
}

/** The profile of a driver: who drives what, with which papers. The slot is an aggregate of its own. */
export interface Driver {
  readonly id: string;
  readonly version: number;
  readonly vehicle: Vehicle;
  readonly registeredAt: Date;
  readonly documents: readonly DriverDocument[];
}

/** What is kept of a number that identifies a person. */
export interface NumberTrace {
  readonly last4: string;
  readonly hash: string;
}

export type ReviewOutcome = 'approved' | 'rejected' | 'expired';

export type DriverEvent =
  | { readonly type: 'document_submitted'; readonly document: DriverDocument }
  | {
      readonly type: 'document_reviewed';
      readonly documentId: string;
      readonly documentType: DocumentType;
      readonly outcome: ReviewOutcome;
      readonly reason: string | null;
      readonly at: Date;
    };

export interface SubmitDocument {
  readonly documentId: string;
  readonly type: DocumentType;
  readonly number: NumberTrace;
  readonly expiresOn: string;
  readonly at: Date;
  /** Approve at once, where nobody reviews. */
  readonly autoApprove: boolean;
}

/** @throws `DOCUMENT_ALREADY_EXPIRED`. */
export function decideSubmission(_driver: Driver, command: SubmitDocument): DriverEvent[] {
  if (hasLapsed(command, command.at)) throw documentAlreadyExpired();
  const document: DriverDocument = {
    id: command.documentId,
    type: command.type,
    state: 'pending',
    numberLast4: command.number.last4,
    numberHash: command.number.hash,
    expiresOn: command.expiresOn,
    submittedAt: command.at,
    reviewedAt: null,
    reason: null,
  };
  const submitted: DriverEvent = { type: 'document_submitted', document };
  return command.autoApprove ? [submitted, reviewed(document, 'approved', null, command.at)] : [submitted];
}

export interface ReviewDocument {
  readonly documentId: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string | null;
  readonly at: Date;
}

/** @throws `DOCUMENT_NOT_FOUND`, `DOCUMENT_TRANSITION_NOT_ALLOWED`. */
export function decideReview(driver: Driver, command: ReviewDocument): DriverEvent[] {
  const document = driver.documents.find(({ id }) => id === command.documentId);
  if (!document) throw documentNotFound();
  if (document.state !== 'pending') throw documentTransitionNotAllowed(`the document is ${document.state}`);
  if (command.decision === 'reject') return [reviewed(document, 'rejected', command.reason, command.at)];
  if (hasLapsed(document, command.at)) throw documentTransitionNotAllowed('the document has expired meanwhile');
  return [reviewed(document, 'approved', command.reason, command.at)];
}

/** What the calendar does to the documents in force; nothing for a driver whose papers are all valid. */
export function decideExpiry(driver: Driver, at: Date): DriverEvent[] {
  return driver.documents
    .filter((document) => document.state === 'approved' && hasLapsed(document, at))
    .map((document) => reviewed(document, 'expired', document.reason, at));
}

function reviewed(document: DriverDocument, outcome: ReviewOutcome, reason: string | null, at: Date): DriverEvent {
  return { type: 'document_reviewed', documentId: document.id, documentType: document.type, outcome, reason, at };
}

/** The driver after `event`; documents that it replaces are gone. */
export function evolve(driver: Driver, event: DriverEvent): Driver {
  const version = driver.version + 1;
  if (event.type === 'document_submitted') {
    const kept = driver.documents.filter(({ type, state }) => type !== event.document.type || state === 'approved');
    return { ...driver, version, documents: [...kept, event.document] };
  }
  assert(
    driver.documents.some(({ id }) => id === event.documentId),
    'only a document of the driver is reviewed',
  );
  const documents = driver.documents.flatMap((document) => {
    if (document.id === event.documentId) return [afterReview(document, event)];
    const replaced = document.type === event.documentType && event.outcome !== 'expired';
    return replaced ? [] : [document];
  });
  return { ...driver, version, documents };
}

function afterReview(
  document: DriverDocument,
  event: Extract<DriverEvent, { type: 'document_reviewed' }>,
): DriverDocument {
  // a document that lapses keeps the day it was reviewed on
  if (event.outcome === 'expired') return { ...document, state: 'expired' };
  return { ...document, state: event.outcome, reviewedAt: event.at, reason: event.reason };
}

/** Where the driver's papers stand. */
export function verificationAt(driver: Driver, at: Date): Verification {
  return verificationOf(driver.documents, at);
}

/** Why the driver of these events has no valid papers any more. */
export function whyIneligible(events: readonly DriverEvent[]): 'document_rejected' | 'document_expired' {
  const rejected = events.some((event) => event.type === 'document_reviewed' && event.outcome === 'rejected');
  return rejected ? 'document_rejected' : 'document_expired';
}
