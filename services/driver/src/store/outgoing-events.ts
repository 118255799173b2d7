import type { Operation } from '@rideshare/kernel';
import { newEvent } from '@rideshare/messaging';
import type { OutgoingEvent } from '@rideshare/messaging';
import { evolve, verificationAt } from '../domain/driver.ts';
import type { Driver, DriverEvent } from '../domain/driver.ts';
import type { SlotChange } from '../domain/slot.ts';
import { documentReviewed, documentSubmitted, registered } from '../events/document-events.ts';
import { statusChanged } from '../events/status-changed.ts';

// What goes into the outbox with each change, whichever engine the change is written to. Ids follow from the operation, so
// that its repetition cannot tell of the change twice.

/** The event of a change of a slot. */
export function slotChangedEvent(operation: Operation<never>, change: SlotChange): OutgoingEvent {
  const { definition, data } = statusChanged(change);
  return newEvent(definition, {
    id: operation.id(`slot:${change.slot.driverId}:${String(change.slot.epoch)}`),
    data,
    sequence: change.slot.epoch,
    occurredAt: change.slot.changedAt,
    source: 'driver',
    ...(change.tripId === null ? {} : { correlationId: change.tripId }),
  });
}

/** The event of a new driver. */
export function registeredEvent(operation: Operation<never>, driver: Driver): OutgoingEvent {
  const { definition, data } = registered(driver);
  return newEvent(definition, {
    id: operation.id('registered'),
    data,
    sequence: driver.version,
    occurredAt: operation.at,
    source: 'driver',
  });
}

/** One event for each step of a profile that was `before`. */
export function documentEvents(
  operation: Operation<never>,
  before: Driver,
  events: readonly DriverEvent[],
): OutgoingEvent[] {
  let driver = before;
  return events.map((event) => {
    driver = evolve(driver, event);
    return documentEvent(operation, driver, event);
  });
}

function documentEvent(operation: Operation<never>, driver: Driver, event: DriverEvent): OutgoingEvent {
  const verification = verificationAt(driver, operation.at);
  const rest = { sequence: driver.version, occurredAt: operation.at, source: 'driver' };
  if (event.type === 'document_submitted') {
    const { definition, data } = documentSubmitted(driver.id, event, verification);
    return newEvent(definition, { ...rest, data, id: operation.id(`submitted:${event.document.id}`) });
  }
  const { definition, data } = documentReviewed(driver.id, event, verification);
  return newEvent(definition, { ...rest, data, id: operation.id(`${event.outcome}:${event.documentId}`) });
}
