import type { MemoryTransaction } from '@rideshare/memory';
import { traceHeaders } from '@rideshare/observability';
import type { PgTransaction } from '@rideshare/postgres';
import { appendInMemory } from './memory-outbox.ts';
import type { OutgoingEvent } from './outgoing-event.ts';
import { collectForOutbox } from './pg-outbox.ts';

/**
 * Puts events into the outbox, in the transaction of the change they tell of, after its guarded statement. They are
 * written just before the commit, in the order in which they came.
 *
 * @remarks The trace that is active now stays with each event; the relay, which runs in nobody's trace, passes it on.
 * In memory they are written at once, which nobody can tell before the commit.
 */
export function appendToOutbox(tx: PgTransaction | MemoryTransaction, events: readonly OutgoingEvent[]): void {
  if (events.length === 0) return;
  const headers = traceHeaders();
  if (tx.kind === 'memory') appendInMemory(tx, events, headers);
  else collectForOutbox(tx, events, headers);
}
