import type { Envelope, EventData, EventDefinition } from '@rideshare/contracts';
import type { Operation } from '@rideshare/kernel';
import type { Headers } from './log.ts';

/** What a handler made of an event: an effect, or the knowledge that none is called for. */
export type HandlerOutcome = 'applied' | 'skipped';

/**
 * One event handed to a handler, as the operation that carries it out.
 *
 * @remarks Its ids and its time derive from the event and the group: a redelivery gets the same ones. Its transaction,
 * where there is one, is that of the inbox: pass the delivery to the use case as its operation.
 */
export interface Delivery extends Operation {
  /** 1 at first. */
  readonly attempt: number;
  readonly headers: Headers;
}

/** An event type with what is to be done about it. */
export interface Subscription {
  readonly definition: EventDefinition;
  readonly handle: (event: Envelope, delivery: Delivery) => Promise<HandlerOutcome>;
}

/**
 * Subscribes a handler to one version of one event type.
 *
 * @remarks The handler sees data that has passed the contract's schema, without members that the schema does not know.
 * It may be called again for the same event, and must not fail for what is a normal outcome: a failure that is not
 * retryable makes a dead letter, any other is tried again.
 */
export function on<Definition extends EventDefinition>(
  definition: Definition,
  handler: (event: Envelope<EventData<Definition>>, delivery: Delivery) => Promise<HandlerOutcome>,
): Subscription {
  return { definition, handle: (event, delivery) => handler(event as Envelope<EventData<Definition>>, delivery) };
}
