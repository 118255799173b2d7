import { driverLocated } from '@rideshare/contracts';
import type { Ids } from '@rideshare/kernel';
import { newEvent, publishUnlogged } from '@rideshare/messaging';
import type { EventLog } from '@rideshare/messaging';
import { locatedData } from '../events/located.ts';
import type { LocationPublisher } from '../usecases/ports.ts';

/** Publishes positions straight to the log: no outbox, newest wins, and one that is lost is soon replaced. */
export function createLocationPublisher(log: EventLog, ids: Ids): LocationPublisher {
  return {
    publish: (positions) =>
      publishUnlogged({
        log,
        events: positions.map((position) =>
          newEvent(driverLocated, {
            id: ids.next(),
            data: locatedData(position),
            sequence: 0,
            occurredAt: position.recordedAt,
            source: 'driver',
          }),
        ),
      }),
  };
}
