import * as driver from './events/driver.ts';
import * as notification from './events/notification.ts';
import * as payment from './events/payment.ts';
import * as trip from './events/trip.ts';
import * as user from './events/user.ts';
import type { EventDefinition, Topic } from './event.ts';

function isEvent(value: object): value is EventDefinition {
  return 'topic' in value && 'stream' in value;
}

/** Every published event, every version of it. */
export const eventCatalogue: readonly EventDefinition[] = [user, driver, trip, payment, notification].flatMap((topic) =>
  Object.values(topic).filter(isEvent),
);

/** Every topic, with what it promises. */
export const topics: Readonly<
  Record<Topic, { readonly partitions: number; readonly sequenced: boolean; readonly retentionH: number }>
> = {
  'user.events': { partitions: 4, sequenced: true, retentionH: 168 },
  'driver.events': { partitions: 4, sequenced: true, retentionH: 168 },
  'driver.locations': { partitions: 4, sequenced: false, retentionH: 1 },
  'trip.events': { partitions: 4, sequenced: true, retentionH: 168 },
  'payment.events': { partitions: 4, sequenced: true, retentionH: 168 },
  'notification.events': { partitions: 4, sequenced: true, retentionH: 168 },
};
