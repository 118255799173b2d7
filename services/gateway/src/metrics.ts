import type { Metrics } from '@rideshare/observability';
import type { LiveSignals } from './usecases/ports.ts';

/** Counts what live streams do. */
export function createLiveSignals(metrics: Metrics): LiveSignals {
  const sent = metrics.counter('live_events_sent_total', 'Hints written to live streams, by event', ['event']);
  const ended = metrics.counter('live_streams_ended_total', 'Live streams that ended, by reason', ['reason']);
  return {
    sent: (event) => sent.inc({ event }),
    ended: (reason) => ended.inc({ reason }),
  };
}

const TIERS = ['critical', 'normal', 'auth'] as const;

/** Shows how much is going on. */
export function watchLoad(
  metrics: Metrics,
  load: { readonly streams: () => number; readonly inFlight: (tier: (typeof TIERS)[number]) => number },
): void {
  metrics.gauge('live_streams_open', 'Live streams that are open', [], load.streams);
  metrics.gauge('requests_in_flight', 'Requests under way, by tier', ['tier'], () =>
    TIERS.map((tier) => ({ labels: { tier }, value: load.inFlight(tier) })),
  );
}
