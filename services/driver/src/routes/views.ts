import type { DriverDocument } from '../domain/documents.ts';
import type { OfferSnapshot } from '../domain/slot.ts';
import type { DriverView } from '../usecases/ports.ts';
import type { Viewer } from '../usecases/viewer.ts';
import { hasRole, userId } from '@rideshare/http';
import type { Principal } from '@rideshare/http';

/** @throws `ROLE_REQUIRED` when the caller is no person. */
export function viewerOf(principal: Principal): Viewer {
  return { userId: userId(principal), isAdmin: hasRole(principal, 'admin') };
}

export function documentBody(document: DriverDocument) {
  return {
    id: document.id,
    type: document.type,
    state: document.state,
    number: document.numberLast4,
    expiresOn: document.expiresOn,
    reviewedAt: document.reviewedAt?.toISOString() ?? null,
    reason: document.reason,
  };
}

/** What everybody who may see the driver sees. */
export function publicBody({ driver, verification, status, rating }: DriverView) {
  return { id: driver.id, userId: driver.id, verification, status, rating, vehicle: driver.vehicle };
}

/** What the driver and administrators see. */
export function driverBody(view: DriverView) {
  return { ...publicBody(view), documents: view.driver.documents.map(documentBody) };
}

export function offerBody(offer: OfferSnapshot) {
  return { ...offer, expiresAt: offer.expiresAt.toISOString() };
}
