import type { Message, Recipient } from '../domain/message.ts';
import type { Courier } from '../usecases/ports.ts';

/** What a provider was given. */
export interface Posted {
  readonly message: Message;
  readonly recipient: Recipient;
}

/** A provider in memory. */
export interface MemoryCourier extends Courier {
  /** What people have got: each message once, however often it was sent. */
  posted(): readonly Posted[];
}

/** A provider that takes everything and tells messages apart by their ids. */
export function createMemoryCourier(): MemoryCourier {
  const posted = new Map<string, Posted>();
  return {
    send(message, recipient) {
      posted.set(message.id, { message, recipient });
      return Promise.resolve();
    },
    posted: () => [...posted.values()],
  };
}
