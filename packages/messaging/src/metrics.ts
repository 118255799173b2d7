import type { Metrics, Sample } from '@rideshare/observability';

/** What happened to a record that a consumer took. */
export type ConsumedOutcome = 'applied' | 'skipped' | 'parked' | 'retried' | 'dead';

/** The state of one consumer, as its database tells it. */
export interface ConsumerState {
  readonly group: string;
  readonly lag: readonly { readonly topic: string; readonly records: number }[];
  readonly parked: number;
  readonly oldestParkedAgeS: number;
  readonly retries: number;
  readonly deadLetters: number;
}

/** The messaging metrics of a process, shared by all its relays and consumers. */
export interface Instruments {
  readonly published: { inc(labels: { readonly topic: string }, events: number): void };
  readonly consumed: {
    inc(labels: { readonly group: string; readonly topic: string; readonly outcome: string }): void;
  };
  /** Asks `read` whenever the metrics are read, until the returned function is called. */
  observeOutbox(read: () => Promise<{ readonly events: number; readonly oldestAgeS: number }>): () => void;
  observeConsumer(read: () => Promise<ConsumerState>): () => void;
}

type Read<Value> = () => Promise<Value>;

function observed<Value>(reads: Set<Read<Value>>): (read: Read<Value>) => () => void {
  return (read) => {
    reads.add(read);
    return () => {
      reads.delete(read);
    };
  };
}

function createInstruments(metrics: Metrics): Instruments {
  const outboxes = new Set<Read<{ readonly events: number; readonly oldestAgeS: number }>>();
  const consumers = new Set<Read<ConsumerState>>();
  const states = () => Promise.all([...consumers].map((read) => read()));

  metrics.gauge('outbox_pending_events', 'Events of committed changes that are not in the log yet', [], async () => {
    const backlogs = await Promise.all([...outboxes].map((read) => read()));
    return backlogs.reduce((sum, { events }) => sum + events, 0);
  });
  metrics.gauge('outbox_oldest_age_seconds', 'How long the oldest unpublished event has waited', [], async () => {
    const backlogs = await Promise.all([...outboxes].map((read) => read()));
    return Math.max(0, ...backlogs.map(({ oldestAgeS }) => oldestAgeS));
  });
  metrics.gauge(
    'event_consumer_lag_records',
    'Records that a consumer group has not taken yet',
    ['group', 'topic'],
    async (): Promise<Sample<'group' | 'topic'>> =>
      (await states()).flatMap(({ group, lag }) =>
        lag.map(({ topic, records }) => ({ labels: { group, topic }, value: records })),
      ),
  );
  const perGroup = (name: string, help: string, value: (state: ConsumerState) => number) =>
    metrics.gauge(name, help, ['group'], async (): Promise<Sample<'group'>> =>
      (await states()).map((state) => ({ labels: { group: state.group }, value: value(state) })),
    );
  perGroup('event_parked', 'Events that wait for one before them', ({ parked }) => parked);
  perGroup(
    'event_parked_oldest_age_seconds',
    'How long the oldest of them has waited',
    (state) => state.oldestParkedAgeS,
  );
  perGroup('event_retries_pending', 'Events whose effect failed and will be tried again', ({ retries }) => retries);
  perGroup('event_dead_letters', 'Events that were given up and wait for a person', ({ deadLetters }) => deadLetters);
  return {
    published: metrics.counter('events_published_total', 'Events moved from the outbox into the log', ['topic']),
    consumed: metrics.counter('events_consumed_total', 'Records taken by a consumer group, by what became of them', [
      'group',
      'topic',
      'outcome',
    ]),
    observeOutbox: observed(outboxes),
    observeConsumer: observed(consumers),
  };
}

const known = new WeakMap<Metrics, Instruments>();

/** The instruments of `metrics`; a registry takes each name once, and a process has many consumers. */
export function instrumentsOf(metrics: Metrics): Instruments {
  const instruments = known.get(metrics) ?? createInstruments(metrics);
  known.set(metrics, instruments);
  return instruments;
}
