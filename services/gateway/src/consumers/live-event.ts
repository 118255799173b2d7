import type { Envelope, EventData, EventDefinition, Topic } from '@rideshare/contracts';
import type { LogRecord } from '@rideshare/messaging';
import type { LiveHint } from '../usecases/live-streams.ts';

/** Where an event stands in the log. */
export type EventPlace = Pick<LiveHint, 'lane' | 'offset' | 'appendedAt'>;

/** What is done about one type of event as it is read. */
export interface LiveEventHandler {
  readonly definition: EventDefinition;
  readonly handle: (event: Envelope, place: EventPlace) => void;
}

/** Types a handler by its event. */
export function onLive<Definition extends EventDefinition>(
  definition: Definition,
  handle: (event: Envelope<EventData<Definition>>, place: EventPlace) => void,
): LiveEventHandler {
  return {
    definition,
    handle: (event, place) => {
      handle(event as Envelope<EventData<Definition>>, place);
    },
  };
}

/** The letters are part of the ids that clients keep: they stay. */
const LETTERS: Readonly<Partial<Record<Topic, string>>> = {
  'trip.events': 't',
  'driver.events': 'd',
  'driver.locations': 'l',
  'notification.events': 'n',
};

/** The topics that are pushed live. */
export const liveTopics = {
  trips: ['trip.events'],
  rest: ['driver.events', 'driver.locations', 'notification.events'],
} as const;

/**
 * Hands every record to the handlers of its type, and to `pass` when there are none.
 *
 * @throws When a record breaks its contract; the reader reports it and goes past it.
 */
export function createLiveDispatcher(
  handlers: readonly LiveEventHandler[],
  pass: (place: EventPlace) => void,
): (event: Envelope, record: LogRecord) => void {
  const byType = Map.groupBy(handlers, ({ definition: { type, version } }) => `${type}@${String(version)}`);
  return (event, { topic, partition, offset, appendedAt }) => {
    const place = { lane: `${LETTERS[topic] ?? 'x'}${String(partition)}`, offset, appendedAt };
    pass(place);
    const interested = byType.get(`${event.type}@${String(event.version)}`) ?? [];
    const [first] = interested;
    if (!first) return;
    const typed = { ...event, data: first.definition.data.parse(event.data) };
    for (const { handle } of interested) handle(typed, place);
  };
}
