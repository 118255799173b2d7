import {
  driverStatusChanged,
  notificationSent,
  paymentAuthorized,
  paymentCaptured,
  paymentFailed,
  paymentRefunded,
  paymentVoided,
} from '@rideshare/contracts';
import type { Envelope, EventData } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Delivery, Subscription } from '@rideshare/messaging';
import type { TimelineEntry } from '../usecases/ports.ts';
import { recordTimeline } from '../usecases/record-timeline.ts';

/** What the timeline's subscriptions need. */
export interface TimelineConsumerDeps extends Readonly<
  Record<'timeline', Parameters<typeof recordTimeline>[0]['timeline']>
> {
  /** The trace that the event was written in. */
  readonly traceIdOf: (headers: Delivery['headers']) => string | undefined;
}

type Journal = EventData<typeof paymentCaptured>['journal'];

/** What other services tell about trips, into the flight recorder. */
export function timelineSubscriptions(deps: TimelineConsumerDeps): Subscription[] {
  const entryOf = (
    event: Envelope,
    delivery: Delivery,
    kind: TimelineEntry['kind'],
    data: TimelineEntry['data'],
    type: string = event.type,
  ): TimelineEntry => ({
    at: event.occurredAt,
    kind,
    type,
    eventId: event.id,
    stream: event.stream,
    sequence: event.sequence,
    traceId: deps.traceIdOf(delivery.headers) ?? null,
    data,
  });

  const payment = async (
    event: Envelope<{ readonly tripId: string }>,
    delivery: Delivery,
    journal: Journal | null = null,
  ): Promise<'applied'> => {
    const { tripId, ...data } = event.data;
    const money = entryOf(event, delivery, 'payment', withoutJournal(data));
    const ledger = journal && entryOf(event, delivery, 'ledger', journal, 'ledger.journal');
    await recordTimeline(deps, delivery, tripId, ledger ? [money, ledger] : [money]);
    return 'applied';
  };

  return [
    on(driverStatusChanged, async (event, delivery) => {
      const { tripId, driverId, state, reason, epoch, offerId, expiresAt } = event.data;
      if (tripId === null) return 'skipped';
      const entry = entryOf(event, delivery, 'slot', { driverId, state, reason, epoch, offerId, expiresAt });
      await recordTimeline(deps, delivery, tripId, [entry]);
      return 'applied';
    }),
    on(paymentAuthorized, (event, delivery) => payment(event, delivery)),
    on(paymentVoided, (event, delivery) => payment(event, delivery)),
    on(paymentCaptured, (event, delivery) => payment(event, delivery, event.data.journal)),
    on(paymentRefunded, (event, delivery) => payment(event, delivery, event.data.journal)),
    on(paymentFailed, (event, delivery) => payment(event, delivery, event.data.journal)),
    on(notificationSent, async (event, delivery) => {
      const { tripId, ...data } = event.data;
      if (tripId === null) return 'skipped';
      await recordTimeline(deps, delivery, tripId, [entryOf(event, delivery, 'notification', data)]);
      return 'applied';
    }),
  ];
}

/** The journal has an entry of its own. */
function withoutJournal(data: object): TimelineEntry['data'] {
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'journal'));
}
