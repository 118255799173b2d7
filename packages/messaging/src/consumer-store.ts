/** What a consumer group keeps: inbox, stream heads, parked events, retries, dead letters, counts. */
import type { Topic } from '@rideshare/contracts';
import type { Transaction } from '@rideshare/kernel';
import type { Failure, StoredRecord } from './delivery.ts';

/** What a group already knows about some streams and events. */
export interface KnownState {
  readonly heads: ReadonlyMap<string, number>;
  /** Ids of events that had their effect. */
  readonly seen: ReadonlySet<string>;
  /** Streams with parked events. */
  readonly parkedStreams: ReadonlySet<string>;
  /** Streams with events that wait for a retry. */
  readonly retriedStreams: ReadonlySet<string>;
}

/** An event that waits, with what its envelope said. */
export interface WaitingEvent {
  readonly record: StoredRecord;
  readonly eventId: string;
  readonly stream: string;
  readonly sequence: number;
}

/** An event that failed and waits for its next attempt. */
export interface RetryingEvent extends WaitingEvent {
  readonly attempts: number;
  readonly firstFailedAt: Date;
}

/** A failed event and when it is tried again. */
export interface NewRetry extends WaitingEvent {
  readonly attempts: number;
  readonly failure: Failure;
  /** Set when it failed before. */
  readonly firstFailedAt?: Date;
  readonly delayMs: number;
}

/** An event that was given up; what could not be read of it is missing. */
export interface NewDeadLetter {
  readonly record: StoredRecord;
  readonly eventId?: string;
  readonly stream?: string;
  readonly sequence?: number;
  readonly attempts: number;
  readonly failure: Failure;
  readonly firstFailedAt?: Date;
}

/** How many records of a topic came to what. */
export interface Counts {
  consumed: number;
  applied: number;
  skipped: number;
  parked: number;
  dead: number;
}

/** What a batch adds to what a group knows. */
export interface Progress {
  readonly heads: ReadonlyMap<string, number>;
  readonly seen: readonly string[];
  readonly counts: ReadonlyMap<Topic, Counts>;
}

/** How a group is doing. */
export interface WaitingFigures {
  readonly parked: number;
  readonly oldestParkedAgeS: number;
  readonly retries: number;
  readonly deadLetters: number;
}

/** Reads what a group knows: what is committed or, in a transaction, what that sees. */
export interface ConsumerReader {
  /** Reads, in one go, what the group knows about the streams and events of a batch. */
  loadState(streams: readonly string[], eventIds: readonly string[]): Promise<KnownState>;
  /** The parked events of `streams`, from the front of each; of a long queue only its beginning. */
  loadParked(streams: readonly string[]): Promise<readonly WaitingEvent[]>;
}

/** Writes what a group knows, in one transaction. */
export interface ConsumerWriter extends ConsumerReader {
  /** The one that effects join. */
  readonly transaction: Transaction;
  /** Writes now what the effects so far have collected for the commit. */
  writeCollected(): Promise<void>;
  /**
   * Writes heads, inbox and counts of a batch.
   *
   * @throws where an event is in the inbox already: nothing has its effect twice, whatever else went wrong.
   */
  saveProgress(progress: Progress): Promise<void>;
  /** Parks events behind the gap before them; returns those that were not there yet. */
  insertParked(events: readonly WaitingEvent[]): Promise<readonly Pick<WaitingEvent, 'stream' | 'sequence'>[]>;
  /** Removes parked events; returns how many there were. */
  deleteParked(events: readonly Pick<WaitingEvent, 'stream' | 'sequence'>[]): Promise<number>;
  /** Takes away what was parked more than `olderThanS` ago, unless its stream waits for a retry. */
  takeStaleParked(olderThanS: number, limit: number): Promise<readonly WaitingEvent[]>;
  /** Schedules the next attempt of events that failed; returns the ids of those that did not wait for one already. */
  insertRetries(retries: readonly NewRetry[]): Promise<readonly string[]>;
  /** Takes a retry away; false when it is gone, so that somebody else has dealt with it. */
  deleteRetry(event: Pick<WaitingEvent, 'eventId' | 'stream'>): Promise<boolean>;
  /** Takes the retries of `stream` up to `sequence` away; returns the topics they were of. */
  deleteOvertakenRetries(stream: string, sequence: number): Promise<readonly Topic[]>;
  /** Puts events among the dead letters. */
  insertDeadLetters(letters: readonly NewDeadLetter[]): Promise<void>;
}

/** The memory of one consumer group, in the database of its service. */
export interface ConsumerStore extends ConsumerReader {
  /** As of the database: `work` may be run again. */
  transaction<T>(work: (writer: ConsumerWriter) => Promise<T>): Promise<T>;
  /** The retries that are due, the oldest first within their streams. */
  findDueRetries(limit: number): Promise<readonly RetryingEvent[]>;
  /** Parked events that nothing is missing before. */
  findDrainable(limit: number): Promise<readonly WaitingEvent[]>;
  /** How many events were parked more than `olderThanS` ago. */
  countParked(olderThanS: number): Promise<number>;
  /** Forgets events that had their effect more than `olderThanD` days ago, at most `limit`. */
  purgeInbox(olderThanD: number, limit: number): Promise<void>;
  figures(): Promise<WaitingFigures>;
}
