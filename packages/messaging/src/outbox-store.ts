import type { NewRecord } from './log.ts';

/** Each shard has one relay at a time; stored rows depend on the number. */
export const OUTBOX_SHARDS = 4;

/** The channel on which the relay of a schema is told that there is something to publish. */
export function outboxChannel(schema: string): string {
  return `outbox:${schema}`;
}

/** An unsent event, and which one it is. */
export interface OutboxRow extends NewRecord {
  readonly id: number;
}

/** The unsent events of one service. */
export interface OutboxStore {
  /** The oldest of `shards`; they stay. */
  oldest(shards: readonly number[], limit: number): Promise<readonly OutboxRow[]>;
  /** Forgets events that are in the log by now. */
  remove(rows: readonly OutboxRow[]): Promise<void>;
  /** How many events wait, and for how long the oldest has. */
  backlog(): Promise<{ readonly events: number; readonly oldestAgeS: number }>;
  /** Calls `hear` soon after something was appended, a hint; one that answers true has dealt with it for all processes. */
  onAppend(hear: () => unknown): Promise<{ close(): Promise<void> }>;
}
