import { envelopeSchema, topics } from '@rideshare/contracts';
import type { Envelope } from '@rideshare/contracts';
import { AppError, isAppError, toError } from '@rideshare/kernel';
import type { Scheduler, Transaction } from '@rideshare/kernel';
import { createOperation } from '@rideshare/kernel/system';
import { withSpan } from '@rideshare/observability';
import { isSerializationFailure } from '@rideshare/postgres';
import type { LogRecord } from './log.ts';
import type { HandlerOutcome, Subscription } from './subscription.ts';
import { createTimeLimit } from './time-limit.ts';

// a handler that hangs must not hold up its partition; the attempt counts as failed and is repeated later
const HANDLER_TIMEOUT_MS = 4_000;
// characters; some errors quote what they were given
const MESSAGE_MAX = 1_000;

/** What a consumer takes of a record, wherever it has been waiting; its place in the log tells its topic. */
export type StoredRecord = Omit<LogRecord, 'appendedAt' | 'fromBeginning'>;

/** How an attempt at an event failed. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

/** A failure of one event's handling, as opposed to one of the engine under all of them. */
export class HandlingError extends Error {
  readonly eventId: string;
  readonly failure: Failure;

  constructor(eventId: string, cause: unknown) {
    super('an event could not be handled', { cause });
    this.eventId = eventId;
    this.failure = failureOf(cause);
  }
}

/** What is stored about an error: our own text as it is, of anything else the message. */
export function failureOf(thrown: unknown): Failure {
  const error = toError(thrown);
  const known = isAppError(error);
  // PostgreSQL stores no NUL, and a failure that cannot be written down would be met again and again
  const message = error.message.replaceAll('\0', '').slice(0, MESSAGE_MAX);
  // what is not ours may be a passing trouble: it is tried again, and then it is a dead letter
  return { code: known ? error.code : 'UNEXPECTED', message, retryable: !known || error.retryable };
}

const ENGINE_CODES: ReadonlySet<string> = new Set([
  'ENGINE_UNREACHABLE',
  'ENGINE_BUSY',
  'COMMIT_AMBIGUOUS',
  'CONSUMER_FENCED',
]);

/** Whether an error says nothing about the event at hand: the same record is simply taken again. */
export function isInfrastructure(error: unknown): boolean {
  return isAppError(error) ? ENGINE_CODES.has(error.code) : isSerializationFailure(error);
}

/** The envelope of a record, if it has one. */
export function readEnvelope(record: StoredRecord): Envelope | undefined {
  const parsed = envelopeSchema.safeParse(record.envelope);
  return parsed.success ? parsed.data : undefined;
}

/** Whether the records of a topic count up per stream. */
export function isSequenced({ topic }: Pick<StoredRecord, 'topic'>): boolean {
  return topics[topic].sequenced;
}

/** What a group has subscribed to. */
export interface Handlers {
  readonly group: string;
  /** Undefined for an event that the group ignores. */
  find(envelope: Envelope): Subscription | undefined;
  /** Calls the handler. */
  handle(attempt: Attempt): Promise<HandlerOutcome>;
  /** Called when nothing is handled any more. */
  close(): void;
}

/** One attempt at the effect of one event. */
export interface Attempt {
  readonly record: StoredRecord;
  readonly envelope: Envelope;
  readonly subscription: Subscription;
  readonly attempt: number;
  readonly transaction?: Transaction;
}

/** The subscriptions of a group, ready to be called; each call in a span of its own unless the group is `untraced`. */
export function createHandlers(
  group: string,
  subscriptions: readonly Subscription[],
  scheduler: Scheduler,
  { untraced = false }: { readonly untraced?: boolean } = {},
): Handlers {
  const byVersion = new Map(
    subscriptions.map((each) => [`${each.definition.type}@${String(each.definition.version)}`, each]),
  );
  const limit = createTimeLimit(scheduler, HANDLER_TIMEOUT_MS);
  const types = new Set(subscriptions.map(({ definition }) => definition.type));
  return {
    group,
    find(envelope) {
      if (!types.has(envelope.type)) return undefined;
      const subscription = byVersion.get(`${envelope.type}@${String(envelope.version)}`);
      if (subscription) return subscription;
      throw new HandlingError(
        envelope.id,
        new AppError('EVENT_VERSION_UNKNOWN', 'invalid', `version ${String(envelope.version)} of ${envelope.type}`),
      );
    },
    handle: async ({ record, envelope, subscription, attempt, transaction }) => {
      const data = subscription.definition.data.safeParse(envelope.data);
      if (!data.success) {
        const where = data.error.issues.map(({ path }) => `/${path.map(String).join('/')}`).join(', ');
        throw new HandlingError(
          envelope.id,
          new AppError('EVENT_INVALID', 'invalid', `${envelope.type} breaks its contract at ${where}`),
        );
      }
      const { headers } = record;
      const recovery = { seed: `${envelope.id}:${group}`, at: new Date(envelope.occurredAt) };
      const operation = createOperation(recovery, transaction ? { transaction } : {});
      const call = () =>
        limit.run(() => subscription.handle({ ...envelope, data: data.data }, { ...operation, attempt, headers }));
      try {
        return await (untraced ? call() : withSpan(`process ${record.topic}`, spanOf(group, record, envelope), call));
      } catch (error) {
        throw isInfrastructure(error) ? error : new HandlingError(envelope.id, error);
      }
    },
    close: () => {
      limit.close();
    },
  };
}

/** Child of the span that appended the event, and linked to it: the one makes the tree, the other is the convention. */
function spanOf(group: string, { topic, partition, offset, headers }: StoredRecord, envelope: Envelope) {
  const tripId = (envelope.data as { readonly tripId?: unknown } | null)?.tripId;
  return {
    kind: 'consumer' as const,
    parent: headers,
    links: [headers],
    attributes: {
      'messaging.system': 'rideshare',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.consumer.group.name': group,
      'messaging.message.id': envelope.id,
      'messaging.kafka.offset': offset,
      'event.type': envelope.type,
      ...(typeof tripId === 'string' ? { 'trip.id': tripId } : {}),
    },
  };
}
