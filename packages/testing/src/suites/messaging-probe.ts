import type { Operation } from '@rideshare/kernel';
import type { MemoryTransaction } from '@rideshare/memory';
import type { PgTransaction } from '@rideshare/postgres';

/** An open transaction of the service that the suite plays. */
export type ServiceTransaction = PgTransaction | MemoryTransaction;

/** One effect, in the order in which they happened. */
export interface Effect {
  readonly stream: string;
  readonly sequence: number;
}

/** An effect about to happen. */
export interface NewEffect extends Effect {
  readonly group: string;
  readonly eventId: string;
}

/** The figures that must add up. */
export interface ConsumerFigures {
  readonly consumed: number;
  readonly applied: number;
  readonly skipped: number;
  readonly parked: number;
  readonly dead: number;
}

/** Where events wait, or are remembered. */
export type MessagingTable = 'outbox' | 'parked_events' | 'event_retries' | 'inbox';

/** What a suite sees of a service's database beside what it is given, and what it meddles with there. */
export interface MessagingProbe {
  readonly kind: ServiceTransaction['kind'];
  /** Makes the table that effects go to. */
  prepare(): Promise<void>;
  transaction(work: (tx: ServiceTransaction) => Promise<void>): Promise<void>;
  atomic(operation: Operation, work: (tx: ServiceTransaction) => Promise<void>): Promise<void>;
  /** With `once`, an effect that is there already stays alone. */
  addEffect(tx: ServiceTransaction, effect: NewEffect, options: { readonly once: boolean }): Promise<void>;
  effects(group: string): Promise<readonly Effect[]>;
  figures(group: string): Promise<ConsumerFigures>;
  rows(table: MessagingTable): Promise<number>;
  /** Fails as a statement does that the engine refuses. */
  failStatement(tx: ServiceTransaction): Promise<void>;
  /** Fails what is written in `tx` as late before the commit as it can be. */
  refuseLate(tx: ServiceTransaction, error: Error): void;
  /** From now on refuses the commit of an effect of this sequence, saying that the books do not balance. */
  refuseAtCommit(sequence: number): Promise<void>;
  /** Makes parked events older, those of one sequence or all. */
  ageParked(byMs: number, sequence?: number): Promise<void>;
  /** Makes what is in the inbox older. */
  ageInbox(byMs: number): Promise<void>;
  /** Has no retry come due. */
  postponeRetries(): Promise<void>;
  /** As if another owner had come to `sequence` in every stream. */
  moveHeads(group: string, sequence: number): Promise<void>;
}
