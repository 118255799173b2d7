import type { Topic } from '@rideshare/contracts';
import type { Headers } from './log.ts';
import type { MessagingDatabase } from './messaging-database.ts';
import { messagingStore } from './messaging-store.ts';

/** An event that was given up. */
export interface DeadLetter {
  readonly id: number;
  readonly group: string;
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly type: string;
  /** Null where the envelope could not be read. */
  readonly eventId: string | null;
  readonly stream: string | null;
  readonly sequence: number | null;
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
}

/** A dead letter with what was in it. */
export interface DeadLetterContent extends DeadLetter {
  readonly headers: Headers;
  readonly envelope: unknown;
}

/** Which dead letters; all that is given must hold. */
export interface DeadLetterFilter {
  readonly ids?: readonly number[];
  readonly group?: string;
  readonly stream?: string;
}

/** The dead letters of one service. */
export interface DeadLetters {
  /** The oldest first, after `afterId`. */
  list(filter?: DeadLetterFilter & { readonly afterId?: number; readonly limit?: number }): Promise<DeadLetter[]>;
  /** @throws `DEAD_LETTER_NOT_FOUND`. */
  show(id: number): Promise<DeadLetterContent>;
  /**
   * Hands dead letters back to their consumer, which tries them within a second; returns how many.
   *
   * @remarks An event that has been overtaken (a later one of its stream ended the stream) is skipped there.
   * @throws `DEAD_LETTER_UNREADABLE` when one of them has no readable envelope; none is handed back then.
   */
  redrive(filter: DeadLetterFilter): Promise<number>;
}

/** The dead letters in the schema of `database`. */
export function createDeadLetters({ database }: { readonly database: MessagingDatabase }): DeadLetters {
  return messagingStore(database).deadLetters;
}
