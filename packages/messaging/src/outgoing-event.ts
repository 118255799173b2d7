import type { Envelope, EventData, EventDefinition, Topic } from '@rideshare/contracts';
import { envelopeSchema } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import type { z } from 'zod';

/** A valid event and where it goes. */
export interface OutgoingEvent {
  readonly topic: Topic;
  readonly key: string;
  readonly envelope: Envelope;
}

/** What an event says beside its type. */
export interface EventFields<Data> {
  readonly id: string;
  /** The aggregate's version after the change; left out where the topic is not sequenced. */
  readonly sequence?: number;
  readonly occurredAt: Date;
  /** Carries the ids of its key and its stream. */
  readonly data: Data;
  /** The service. */
  readonly source: string;
  /** What it all began with; the event itself by default. */
  readonly correlationId?: string;
  /** What led to it directly; the event itself by default. */
  readonly causationId?: string;
}

function invalid(type: string, issues: readonly z.core.$ZodIssue[] | string): AppError {
  const reason =
    typeof issues === 'string'
      ? issues
      : issues.map(({ path, message }) => `/${path.map(String).join('/')}: ${message}`).join('; ');
  return new AppError('EVENT_INVALID', 'internal', `${type} breaks its contract: ${reason}`, { retryable: false });
}

function member(definition: EventDefinition, data: unknown, name: string): string {
  const value = (data as Readonly<Record<string, unknown>>)[name];
  if (typeof value !== 'string' || value === '') throw invalid(definition.type, `/${name} does not identify anything`);
  return value;
}

/** Whether reading by the contract has left everything in place: it drops members that it does not know, at any depth. */
function isUnchanged(given: unknown, read: unknown): boolean {
  if (typeof given !== 'object' || given === null) return Object.is(given, read);
  if (typeof read !== 'object' || read === null) return false;
  const kept = read as Readonly<Record<string, unknown>>;
  return Object.entries(given).every(([name, value]) => isUnchanged(value, kept[name]));
}

/**
 * Makes an event of a declared type; its key and its stream are read from the data.
 *
 * @throws `EVENT_INVALID` unless the data is exactly what the contract says, unknown members included: what is
 * published stays.
 */
export function newEvent<Definition extends EventDefinition>(
  definition: Definition,
  fields: EventFields<EventData<Definition>>,
): OutgoingEvent {
  const { type, version, topic, stream } = definition;
  const parsed = definition.data.safeParse(fields.data);
  if (!parsed.success) throw invalid(type, parsed.error.issues);
  if (!isUnchanged(fields.data, parsed.data)) throw invalid(type, 'it has members of its own');
  const sequence = fields.sequence ?? 0;
  if (sequence > 0 !== definition.sequenced) throw invalid(type, 'only sequenced topics have sequences, from 1 on');
  const envelope = envelopeSchema.safeParse({
    id: fields.id,
    type,
    version,
    stream: `${stream.kind}:${member(definition, fields.data, stream.id)}`,
    sequence,
    occurredAt: fields.occurredAt.toISOString(),
    source: fields.source,
    correlationId: fields.correlationId ?? fields.id,
    causationId: fields.causationId ?? fields.id,
    data: fields.data,
  });
  if (!envelope.success) throw invalid(type, envelope.error.issues);
  return { topic, key: member(definition, fields.data, definition.key), envelope: envelope.data };
}
