/**
 * One batch of a consumer: what it knew, what became of each record, what it will write.
 *
 * A record of a sequenced topic is, by its sequence against the head of its stream: at or below it, skipped; the next
 * one, handled, whereupon those parked right behind it are handled, too; further ahead, parked. A terminal event that
 * the group handles waits for nothing: the head jumps, and what waited below it is skipped. Events that the group
 * ignores only move the head. An event that fails moves nothing: those after it park.
 */
import type { Envelope, Topic } from '@rideshare/contracts';
import type {
  ConsumerReader,
  ConsumerWriter,
  Counts,
  KnownState,
  NewDeadLetter,
  NewRetry,
  RetryingEvent,
  WaitingEvent,
} from './consumer-store.ts';
import { HandlingError, isInfrastructure, isSequenced, readEnvelope } from './delivery.ts';
import type { Failure, Handlers, StoredRecord } from './delivery.ts';
import type { LogRecord } from './log.ts';
import type { ConsumedOutcome } from './metrics.ts';

/** Attempts after the first come, by chance, at any moment up to these bounds after the one before. */
const RETRY_TIERS_MS = [5_000, 60_000, 600_000] as const;

/** What a batch needs beside its records. */
export interface BatchContext {
  readonly handlers: Handlers;
  /** Set where the effects join the transaction of the batch. */
  readonly joins?: Pick<ConsumerWriter, 'transaction' | 'writeCollected'>;
  /** Failures found in an earlier run of this batch, by event id; these events are not handled again. */
  readonly failures: ReadonlyMap<string, Failure>;
  /** Whether each handler's collected writes are made at once. */
  readonly isCareful: boolean;
  /** In [0, 1). */
  readonly random: () => number;
}

/** What became of one record, and why where it failed. */
export interface BatchOutcome {
  readonly record: StoredRecord;
  readonly outcome: ConsumedOutcome;
  readonly failure?: Failure;
}

interface Item extends WaitingEvent {
  readonly envelope: Envelope;
  readonly attempts: number;
  readonly firstFailedAt?: Date;
}

const nothing = (): Counts => ({ consumed: 0, applied: 0, skipped: 0, parked: 0, dead: 0 });

export class Batch {
  readonly #context: BatchContext;
  readonly #state: KnownState;
  readonly #heads: Map<string, number>;
  readonly #movedHeads = new Map<string, number>();
  /** By stream and sequence: what is parked in the database or will be. */
  readonly #parked = new Map<string, Map<number, WaitingEvent>>();
  readonly #newlyParked = new Set<WaitingEvent>();
  readonly #unparked: WaitingEvent[] = [];
  readonly #seen = new Set<string>();
  readonly #counts = new Map<Topic, Counts>();
  readonly #retries: NewRetry[] = [];
  readonly #finishedRetries: RetryingEvent[] = [];
  readonly #overtaken = new Map<string, number>();
  readonly #dead: NewDeadLetter[] = [];
  /** What became of what. */
  readonly outcomes: BatchOutcome[] = [];

  private constructor(context: BatchContext, state: KnownState, parked: readonly WaitingEvent[]) {
    this.#context = context;
    this.#state = state;
    this.#heads = new Map(state.heads);
    for (const event of parked) this.#parkedOf(event.stream).set(event.sequence, event);
  }

  /** Reads what the group knows about the streams of `records`. */
  static async load(reader: ConsumerReader, records: readonly StoredRecord[], context: BatchContext): Promise<Batch> {
    const envelopes = records.filter(isSequenced).flatMap((record) => readEnvelope(record) ?? []);
    if (envelopes.length === 0) {
      const none: KnownState = {
        heads: new Map(),
        seen: new Set(),
        parkedStreams: new Set(),
        retriedStreams: new Set(),
      };
      return new Batch(context, none, []);
    }
    const streams = [...new Set(envelopes.map(({ stream }) => stream))];
    const state = await reader.loadState(
      streams,
      envelopes.map(({ id }) => id),
    );
    const parked = state.parkedStreams.size > 0 ? await reader.loadParked([...state.parkedStreams]) : [];
    return new Batch(context, state, parked);
  }

  /** Deals with the next record of the log. */
  async takeRecord(record: LogRecord): Promise<void> {
    this.#count(record.topic).consumed += 1;
    const envelope = readEnvelope(record);
    if (!envelope) {
      this.#bury({ record, attempts: 1, failure: UNREADABLE });
      return;
    }
    const item = itemOf(record, envelope);
    if (!isSequenced(record)) {
      await this.#handle(item);
      return;
    }
    // a stream that began before the log did: the first event seen of it stands for those before
    if (!record.fromBeginning && this.#isUnknown(item.stream)) this.#advance(item.stream, item.sequence - 1);
    await this.#takeInOrder(item);
  }

  /** Deals with an event whose retry is due; its row must have been taken away in this transaction, or be there still. */
  async takeRetry(event: RetryingEvent): Promise<void> {
    this.#finishedRetries.push(event);
    this.#count(event.record.topic).parked -= 1; // where a retry is counted
    const envelope = readEnvelope(event.record);
    if (!envelope) {
      this.#bury({ ...event, failure: UNREADABLE });
      return;
    }
    const item = { ...itemOf(event.record, envelope), attempts: event.attempts, firstFailedAt: event.firstFailedAt };
    await (isSequenced(event.record) ? this.#takeInOrder(item) : this.#handle(item));
  }

  /** Deals with what is parked though nothing is missing before it. */
  async drain(): Promise<void> {
    for (const stream of [...this.#parked.keys()]) {
      this.#dropParkedBelow(stream);
      await this.#drainStream(stream);
    }
  }

  /**
   * Writes what the batch came to; the effects' transaction, or one after the effects.
   *
   * @returns false when a retry was gone by the time: somebody else has dealt with it, and the batch must roll back.
   */
  async save(writer: ConsumerWriter): Promise<boolean> {
    for (const retry of this.#finishedRetries) {
      if (!(await writer.deleteRetry(retry))) return false;
    }
    if (this.#unparked.length > 0) {
      const deleted = await writer.deleteParked(this.#unparked);
      if (deleted !== this.#unparked.length) return false;
    }
    const counts = new Map([...this.#counts].map(([topic, figures]) => [topic, { ...figures }]));
    const skipInstead = (topic: Topic): void => {
      const { parked, skipped, ...figures } = counts.get(topic) ?? nothing();
      counts.set(topic, { ...figures, parked: parked - 1, skipped: skipped + 1 });
    };
    for (const [stream, sequence] of this.#overtaken) {
      for (const topic of await writer.deleteOvertakenRetries(stream, sequence)) skipInstead(topic);
    }
    if (this.#newlyParked.size > 0) {
      const events = [...this.#newlyParked];
      const inserted = new Set((await writer.insertParked(events)).map(nameOf));
      // a duplicate of one that was too far back in a long queue to be read
      for (const event of events) if (!inserted.has(nameOf(event))) skipInstead(event.record.topic);
    }
    if (this.#retries.length > 0) {
      const waiting = new Set(await writer.insertRetries(this.#retries));
      // a duplicate of one that waits for its retry already, or that failed in this batch
      for (const { eventId, record } of this.#retries) if (!waiting.delete(eventId)) skipInstead(record.topic);
    }
    if (this.#dead.length > 0) await writer.insertDeadLetters(this.#dead);
    await writer.saveProgress({ heads: this.#movedHeads, seen: [...this.#seen], counts });
    return true;
  }

  async #takeInOrder(item: Item): Promise<void> {
    const { stream, sequence } = item;
    const head = this.#heads.get(stream) ?? 0;
    if (sequence <= head || this.#isSeen(item.eventId)) {
      this.#finish(item, 'skipped');
      if (sequence !== head + 1) return;
      this.#advance(stream, sequence);
      await this.#drainStream(stream);
      return;
    }
    if (sequence > head + 1 && !this.#waitsForNothing(item)) {
      this.#park(item);
      return;
    }
    if (!(await this.#handle(item))) return;
    this.#advance(stream, sequence);
    if (sequence > head + 1) this.#dropParkedBelow(stream);
    if (this.#state.retriedStreams.has(stream)) this.#overtaken.set(stream, sequence);
    await this.#drainStream(stream);
  }

  /** Handles an event, or notes its failure; true when it is behind us. */
  async #handle(item: Item): Promise<boolean> {
    try {
      const known = this.#context.failures.get(item.eventId);
      if (known) throw new KnownFailure(known);
      const subscription = this.#context.handlers.find(item.envelope);
      if (!subscription) {
        this.#finish(item, 'skipped');
        return true;
      }
      const { isCareful, joins } = this.#context;
      const { record, envelope } = item;
      const attempt = { record, envelope, subscription, attempt: item.attempts + 1 };
      const joined = joins ? { ...attempt, transaction: joins.transaction } : attempt;
      const outcome = await this.#context.handlers.handle(joined);
      if (isCareful) await joins?.writeCollected().catch(blameOn(item.eventId));
      if (isSequenced(record)) this.#seen.add(item.eventId);
      this.#finish(item, outcome);
      return true;
    } catch (error) {
      if (error instanceof KnownFailure) this.#fail(item, error.failure);
      // in its own transaction the effect is half there: only a new run of the batch without this event can go on
      else if (error instanceof HandlingError && !this.#context.joins) this.#fail(item, error.failure);
      else throw error;
      return false;
    }
  }

  #fail(item: Item, failure: Failure): void {
    const attempts = item.attempts + 1;
    const tierMs = RETRY_TIERS_MS[attempts - 1];
    if (!failure.retryable || tierMs === undefined) {
      this.#bury({ ...item, attempts, failure });
      return;
    }
    this.#count(item.record.topic).parked += 1;
    this.outcomes.push({ record: item.record, outcome: 'retried', failure });
    this.#retries.push({ ...item, attempts, failure, delayMs: this.#context.random() * tierMs });
  }

  #bury(letter: NewDeadLetter): void {
    this.#count(letter.record.topic).dead += 1;
    this.outcomes.push({ record: letter.record, outcome: 'dead', failure: letter.failure });
    this.#dead.push(letter);
  }

  #park(item: WaitingEvent): void {
    const parked = this.#parkedOf(item.stream);
    if (parked.has(item.sequence)) {
      this.#finish(item, 'skipped');
      return;
    }
    this.#count(item.record.topic).parked += 1;
    this.outcomes.push({ record: item.record, outcome: 'parked' });
    parked.set(item.sequence, item);
    this.#newlyParked.add(item);
  }

  async #drainStream(stream: string): Promise<void> {
    const parked = this.#parked.get(stream);
    for (let next = this.#nextParked(stream); parked && next; next = this.#nextParked(stream)) {
      this.#unpark(next);
      const envelope = readEnvelope(next.record);
      if (!envelope) {
        this.#bury({ ...next, attempts: 1, failure: UNREADABLE });
        return;
      }
      if (!(await this.#handle(itemOf(next.record, envelope)))) return;
      this.#advance(stream, next.sequence);
    }
  }

  #nextParked(stream: string): WaitingEvent | undefined {
    return this.#parked.get(stream)?.get((this.#heads.get(stream) ?? 0) + 1);
  }

  #dropParkedBelow(stream: string): void {
    const head = this.#heads.get(stream) ?? 0;
    for (const event of [...this.#parkedOf(stream).values()]) {
      if (event.sequence > head) continue;
      this.#unpark(event);
      this.#finish(event, 'skipped');
    }
  }

  /** Takes an event out of the parked ones; what it comes to is counted by whoever calls. */
  #unpark(event: WaitingEvent): void {
    this.#parkedOf(event.stream).delete(event.sequence);
    this.#count(event.record.topic).parked -= 1;
    if (!this.#newlyParked.delete(event)) this.#unparked.push(event);
  }

  #finish({ record }: { readonly record: StoredRecord }, outcome: 'applied' | 'skipped'): void {
    this.#count(record.topic)[outcome] += 1;
    this.outcomes.push({ record, outcome });
  }

  #advance(stream: string, sequence: number): void {
    this.#heads.set(stream, sequence);
    this.#movedHeads.set(stream, sequence);
  }

  #isUnknown(stream: string): boolean {
    const { parkedStreams, retriedStreams } = this.#state;
    return !this.#heads.has(stream) && !parkedStreams.has(stream) && !retriedStreams.has(stream);
  }

  #isSeen(eventId: string): boolean {
    return this.#seen.has(eventId) || this.#state.seen.has(eventId);
  }

  #waitsForNothing({ envelope }: Item): boolean {
    try {
      return this.#context.handlers.find(envelope)?.definition.terminal === true;
    } catch {
      return false; // a version that nobody knows: it fails when its turn comes
    }
  }

  #count(topic: Topic): Counts {
    const counts = this.#counts.get(topic) ?? nothing();
    this.#counts.set(topic, counts);
    return counts;
  }

  #parkedOf(stream: string): Map<number, WaitingEvent> {
    const parked = this.#parked.get(stream) ?? new Map<number, WaitingEvent>();
    this.#parked.set(stream, parked);
    return parked;
  }
}

/** What an event has collected fails as its handler would. */
function blameOn(eventId: string): (error: unknown) => never {
  return (error) => {
    throw isInfrastructure(error) ? error : new HandlingError(eventId, error);
  };
}

class KnownFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

const UNREADABLE: Failure = {
  code: 'EVENT_INVALID',
  message: 'the envelope breaks its contract',
  retryable: false,
};

const nameOf = ({ stream, sequence }: Pick<WaitingEvent, 'stream' | 'sequence'>) => `${stream}#${String(sequence)}`;

function itemOf(record: StoredRecord, envelope: Envelope): Item {
  return { record, envelope, eventId: envelope.id, stream: envelope.stream, sequence: envelope.sequence, attempts: 0 };
}
