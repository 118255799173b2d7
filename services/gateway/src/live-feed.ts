import type { Clock, Scheduler } from '@rideshare/kernel';
import { createEmbeddedLog, createTail } from '@rideshare/messaging';
import type { Logger, Metrics } from '@rideshare/observability';
import type { Database } from '@rideshare/postgres';
import type { Closing } from './city-feed.ts';
import { createLiveDispatcher, liveTopics } from './consumers/live-event.ts';
import type { LiveEventHandler } from './consumers/live-event.ts';
import { makePushDriverLocations } from './consumers/push-driver-locations.ts';
import { makePushNotifications } from './consumers/push-notifications.ts';
import { makePushOffers } from './consumers/push-offers.ts';
import { makePushTripUpdates } from './consumers/push-trip-updates.ts';
import { createLiveSignals } from './metrics.ts';
import { createActiveTrips } from './usecases/active-trips.ts';
import { createLiveHistory, HISTORY_MS } from './usecases/live-history.ts';
import { LiveStreams } from './usecases/live-streams.ts';
import { startKeepStreams } from './workers/keep-streams.ts';

const CLOSE_TIMEOUT_MS = 10_000;
/** Longer than any ride: after a restart, rides that have been going on for long are known, too. */
const LONGEST_RIDE_MS = 6 * 3_600_000;

interface Platform {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly database: Database;
  readonly topicPrefix: string;
  /** What else wants to see the events. */
  readonly handlers?: readonly LiveEventHandler[];
}

/** Reads the log as it grows and pushes it to the live streams. */
export async function startLiveFeed(platform: Platform, lifecycle: Closing): Promise<LiveStreams> {
  const { clock, scheduler, logger, metrics, database } = platform;
  const history = createLiveHistory({ clock });
  const streams = new LiveStreams({ clock, history, signals: createLiveSignals(metrics) });
  const trips = createActiveTrips();
  const handler = createLiveDispatcher(
    [
      ...makePushTripUpdates({ streams, trips }),
      makePushOffers({ streams }),
      makePushDriverLocations({ streams, trips }),
      makePushNotifications({ streams }),
      ...(platform.handlers ?? []),
    ],
    (place) => {
      history.pass(place);
    },
  );
  const log = createEmbeddedLog({ database, prefix: platform.topicPrefix });
  let behind = 2;
  const onCaughtUp = () => {
    behind -= 1;
    if (behind === 0) streams.markCaughtUp();
  };
  const reading = { log, handler, onCaughtUp, scheduler, logger };
  const tails = [
    createTail({ ...reading, topics: liveTopics.trips, fromAgeMs: LONGEST_RIDE_MS }),
    createTail({ ...reading, topics: liveTopics.rest, fromAgeMs: HISTORY_MS }),
  ];
  for (const tail of tails) {
    lifecycle.defer('live events', () => tail.stop(), CLOSE_TIMEOUT_MS);
    await tail.start();
  }
  const loop = startKeepStreams({ streams, scheduler }, (error) => {
    logger.error('live streams were not kept', { error });
  });
  lifecycle.defer('live streams keeper', () => loop.stop(), CLOSE_TIMEOUT_MS);
  return streams;
}
