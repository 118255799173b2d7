import type { Topic } from '@rideshare/contracts';
import type { Endpoint } from '@rideshare/http';
import type { Clock, Ids, Scheduler } from '@rideshare/kernel';
import type { EventLog, Subscription } from '@rideshare/messaging';
import type { Logger, Metrics } from '@rideshare/observability';
import type { DriverConfig } from './config.ts';
import { onFleetMoved } from './consumers/fleet-moved.ts';
import { driverSubscriptions } from './consumers/subscriptions.ts';
import { createSignals, observeActiveDrivers } from './metrics.ts';
import { createNumberTraces } from './number-traces.ts';
import { driverEndpoints } from './routes/endpoints.ts';
import { createLocationPublisher } from './store/location-publisher.log.ts';
import { createFleet } from './usecases/fleet.ts';
import { createLocationBuffer } from './usecases/location-buffer.ts';
import type { Accounts, BeginOperation, OnSlotChanged, Stores, Trips } from './usecases/ports.ts';
import type { BackgroundLoop } from './workers/loop.ts';
import { createLoops } from './workers/loops.ts';

/** What the service stands on: its engines, its neighbours and everything that differs from one run to the next. */
export interface DriverGround {
  readonly config: Pick<DriverConfig, 'documents' | 'slots' | 'locations'>;
  /** Builds the stores; they tell of each change of a slot once it is durable. */
  readonly stores: (onSlotChanged: OnSlotChanged) => Stores;
  readonly log: EventLog;
  readonly accounts: Accounts;
  readonly trips: Trips;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly scheduler: Scheduler;
  readonly begin: BeginOperation;
  /** Forgets idempotency keys that nobody may use any more. */
  readonly purgeKeys: () => Promise<unknown>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The service without its process: what it does, for whoever has a request, an event or time. */
export interface DriverParts {
  readonly stores: Stores;
  /** Every route, internal ones included, with what answers it. */
  readonly endpoints: readonly Endpoint[];
  /** What the consumer group reacts to; the effects join the transaction of its inbox. */
  readonly subscriptions: readonly Subscription[];
  /** What every process follows for itself, from `fromAgeMs` back. */
  readonly tail: {
    readonly topics: readonly Topic[];
    readonly fromAgeMs: number;
    readonly subscriptions: readonly Subscription[];
  };
  /** By name, in the order in which they are started. */
  readonly loops: Readonly<Record<string, BackgroundLoop>>;
  /** Fills the index of drivers from the stores; comes before everything else. */
  fill(): Promise<void>;
}

/** How far back the index reads the log; what is older stands in the tables that it is filled from first. */
const TAIL_AGE_MS = 60_000;

/** Puts the service together; nothing runs yet. */
export function createDriverParts(ground: DriverGround): DriverParts {
  const { config, log, ids, clock, metrics } = ground;
  const signals = createSignals(metrics, ground.logger);
  const fleet = createFleet();
  const stores = ground.stores((change) => {
    fleet.slotChanged({ ...change.slot, position: change.position });
    signals.slotChanged(change.reason);
  });
  observeActiveDrivers(metrics, () => stores.slots.countOnline());
  const deps = {
    ...ground,
    ...stores,
    signals,
    fleet,
    buffer: createLocationBuffer(),
    publisher: createLocationPublisher(log, ids),
    numbers: createNumberTraces(config.documents.hashKey),
    autoApprove: config.documents.autoApprove,
  };
  return {
    stores,
    endpoints: driverEndpoints(deps),
    subscriptions: driverSubscriptions(deps),
    tail: {
      topics: ['driver.locations', 'driver.events'],
      fromAgeMs: TAIL_AGE_MS,
      subscriptions: onFleetMoved({ fleet, clock }),
    },
    loops: createLoops(deps, config),
    async fill() {
      for (const slot of await stores.positions.fleet()) fleet.slotChanged(slot);
    },
  };
}
