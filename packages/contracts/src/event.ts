import { z } from 'zod';
import { idSchema, timestampSchema } from './primitives.ts';

/** A stream of records; `${prefix}.${topic}` on the broker. */
export type Topic =
  'user.events' | 'driver.events' | 'driver.locations' | 'trip.events' | 'payment.events' | 'notification.events';

/** What every event carries around its data. */
export const envelopeSchema = z.object({
  id: idSchema,
  type: z.string().min(1),
  /** The version of the data's schema. */
  version: z.int().min(1),
  /** The aggregate, `<kind>:<id>`; events of one stream are ordered. */
  stream: z.string().min(1),
  /** The aggregate's version after the event, rising by one; 0 where a topic is not sequenced. */
  sequence: z.int().min(0),
  occurredAt: timestampSchema,
  source: z.string().min(1),
  correlationId: z.string().min(1),
  causationId: z.string().min(1),
  data: z.unknown(),
});

/** An event on the wire. W3C trace context travels in the record's headers, not here. */
export type Envelope<Data = unknown> = Omit<z.infer<typeof envelopeSchema>, 'data'> & { readonly data: Data };

/** One version of one event type: its schema, its topic and what its key is. */
export interface EventDefinition<Type extends string = string, Data extends z.ZodType = z.ZodType> {
  readonly type: Type;
  readonly version: number;
  readonly topic: Topic;
  /** The member of `data` that orders and partitions the topic. */
  readonly key: string;
  /** The aggregate kind of the stream, and the member of `data` that identifies it. */
  readonly stream: { readonly kind: string; readonly id: string };
  /** False for `driver.locations`: newest wins, no order to keep. */
  readonly sequenced: boolean;
  /** Applied without waiting for a gap: the end of an aggregate, guarded by its own effect. */
  readonly terminal: boolean;
  readonly summary: string;
  readonly data: Data;
}

/** Declares one version of one event. A published version is never edited; add the next one and an upcaster. */
export function defineEvent<const Type extends string, Data extends z.ZodObject>(
  definition: Omit<EventDefinition<Type, Data>, 'sequenced' | 'terminal'> &
    Partial<Pick<EventDefinition, 'sequenced' | 'terminal'>>,
): EventDefinition<Type, Data> {
  return { sequenced: true, terminal: false, ...definition };
}

/** The data of an event definition. */
export type EventData<Definition extends EventDefinition> = z.infer<Definition['data']>;
