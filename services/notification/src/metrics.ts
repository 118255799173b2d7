import type { Metrics } from '@rideshare/observability';
import type { MessageStore, Signals } from './usecases/ports.ts';

/** Counts what leaves the platform and what does not. */
export function createSignals(metrics: Metrics): Signals {
  const delivered = metrics.counter('notifications_delivered_total', 'Messages a channel took', ['channel']);
  const failed = metrics.counter('notifications_failed_total', 'Attempts that a channel did not take', [
    'channel',
    'given_up',
  ]);
  return {
    delivered(channel) {
      delivered.inc({ channel });
    },
    deliveryFailed(channel, givenUp) {
      failed.inc({ channel, given_up: String(givenUp) });
    },
  };
}

/** Shows how many messages wait. */
export function observeBacklog(metrics: Metrics, messages: MessageStore): void {
  metrics.gauge('notifications_pending', 'Messages that wait for their channel', ['channel'], async () =>
    (await messages.countPending()).map(({ channel, count }) => ({ labels: { channel }, value: count })),
  );
}
