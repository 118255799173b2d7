import type { Ids } from '@rideshare/kernel';
import { newEvent, publishUnlogged } from '@rideshare/messaging';
import type { EventLog } from '@rideshare/messaging';
import { located } from '../events/located.ts';
import type { LocationPublisher } from '../usecases/ports.ts';

/** Publishes positions straight to the log: no outbox, newest wins, and one that is lost is soon replaced. */
export function createLocationPublisher(log: EventLog, ids: Ids): LocationPublisher {
  return {
    publish: (positions) =>
      publishUnlogged({
        log,
        events: positions.map((position) => {
          const { definition, data } = located(position);
          return newEvent(definition, { id: ids.next(), data, occurredAt: position.recordedAt, source: 'driver' });
        }),
      }),
  };
}
