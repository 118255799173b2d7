import { traceHeaders } from '@rideshare/observability';
import type { EventLog } from './log.ts';
import type { OutgoingEvent } from './outgoing-event.ts';

/** Publishes events that belong to no transaction and that may be lost in a crash: positions, which newer ones replace. */
export async function publishUnlogged({
  log,
  events,
}: {
  readonly log: EventLog;
  readonly events: readonly OutgoingEvent[];
}): Promise<void> {
  const headers = traceHeaders();
  const records = events.map(({ topic, key, envelope }) => ({ topic, key, headers, envelope }));
  if (records.length > 0) await log.publish(records, { durable: false });
}
