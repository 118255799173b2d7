import type { Operation } from '@rideshare/kernel';
import type { OfferState, Slot, SlotChange } from '../../src/domain/slot.ts';
import type { Stores } from '../../src/usecases/ports.ts';
import type { Recruits } from './builders.ts';

/** An event that waits in the outbox. */
export interface WaitingEvent {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly sequence: number;
  readonly data: Record<string, unknown>;
}

/** The stores of two processes over one engine, with what a behaviour suite needs to bring about and to look at. */
export interface Stage extends Stores, Recruits {
  /** Another process's stores on the same engine. */
  readonly other: Stores;
  /** What the stores have told of, in their order. */
  readonly changes: readonly SlotChange[];
  begin<Result = unknown>(): Operation<Result>;
  /** Has one transaction carry everything that `work` does with the operation it is given. */
  together(work: (operation: Operation<never>) => Promise<void>): Promise<void>;
  /** Lets the store's clock go on by at least that much. */
  elapse(byMs: number): Promise<void>;
  /** Many available drivers at once, at epoch 1, put there without their histories. */
  availableFleet(size: number): Promise<string[]>;
  slot(driverId: string): Promise<Omit<Slot, 'eligible'>>;
  /** The offers of some drivers: what became of each. */
  offers(driverIds: readonly string[]): Promise<ReadonlyMap<string, OfferState>>;
  /** The events of a stream, in their order. */
  eventsOf(stream: string): Promise<readonly WaitingEvent[]>;
  close(): Promise<void>;
}

/** How a stage is made; see `stages.ts`. */
export type MakeStage = () => Promise<Stage>;
