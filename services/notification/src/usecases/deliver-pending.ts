import { toError } from '@rideshare/kernel';
import type { Clock, Random } from '@rideshare/kernel';
import type { Channel } from '../domain/message.ts';
import type { Courier, DeliveryOutcome, MessageStore, PendingMessage, Signals } from './ports.ts';

const BATCH_MAX = 100;
/** Longer than a whole batch may take; a process that died in the middle gives its messages back after it. */
const LEASE_MS = 60_000;
const ATTEMPTS_MAX = 6;
const FIRST_RETRY_MS = 5_000;

/** What delivering needs. */
export interface DeliverDeps {
  readonly messages: MessageStore;
  readonly couriers: Readonly<Record<Exclude<Channel, 'inbox'>, Courier>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: Signals;
}

async function attempt(deps: DeliverDeps, pending: PendingMessage): Promise<DeliveryOutcome> {
  const { message, recipient } = pending;
  if (message.channel === 'inbox') return { id: message.id, state: 'sent' };
  try {
    await deps.couriers[message.channel].send(message, recipient);
    deps.signals.delivered(message.channel);
    return { id: message.id, state: 'sent' };
  } catch (thrown) {
    const attempts = pending.attempts + 1;
    const givenUp = attempts >= ATTEMPTS_MAX;
    deps.signals.deliveryFailed(message.channel, givenUp);
    // full jitter: messages that failed together do not come back together
    const waitMs = FIRST_RETRY_MS * 2 ** attempts * deps.random.next();
    const nextAt = new Date(deps.clock.now().getTime() + waitMs);
    return { id: message.id, state: givenUp ? 'failed' : 'pending', error: toError(thrown).name, nextAt };
  }
}

/** Delivers one batch of waiting messages; true when there may be more. */
export async function deliverPending(deps: DeliverDeps): Promise<boolean> {
  const pending = await deps.messages.takePending(BATCH_MAX, LEASE_MS);
  if (pending.length === 0) return false;
  // each channel is settled as it ends: a slow channel does not hold the others' outcomes past their lease
  const byChannel = Object.values(Object.groupBy(pending, ({ message }) => message.channel));
  await Promise.all(
    byChannel.map(async (ofChannel) => {
      const outcomes = await Promise.all(ofChannel.map((one) => attempt(deps, one)));
      await deps.messages.settle(outcomes, deps.clock.now());
    }),
  );
  return pending.length === BATCH_MAX;
}
