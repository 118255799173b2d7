/**
 * The open live streams, by person.
 *
 * A stream is opened with a cursor (somebody comes back: what was missed is sent first) or without one (only what comes
 * from now on). It ends when its token runs out, when the person opens too many, when it cannot keep up, when its client
 * goes, or when this process goes. Until this process has caught up with the log, what it reads is old: streams without
 * a cursor are sent none of it.
 */
import type { Clock } from '@rideshare/kernel';
import { hasSeen, parseStreamCursor } from '../domain/stream-cursor.ts';
import type { LanePosition, StreamCursor } from '../domain/stream-cursor.ts';
import type { LiveEntry, LiveHistory } from './live-history.ts';
import type { LiveSignals, StreamEnd, StreamSink } from './ports.ts';

/** Proxies cut what is silent for longer, often after 30 s or more. */
const HEARTBEAT_MS = 15_000;
const PRUNE_MS = 15_000;
/** Phones leave dead connections behind; the oldest goes when a person has more. */
const STREAMS_PER_PERSON_MAX = 8;
/** A client that has this much waiting for it does not read: it comes back and resumes. */
const BUFFER_BYTES_MAX = 64 * 1024;
/** For as long a stream that was resumed is guarded against what another, faster process has shown it already. */
const OVERLAP_MS = 60_000;
const RETRY_MS = 2_000;
const RETRY_EVICTED_MS = 30_000;
/** After a restart clients come back over this time, not all at once. */
const RETRY_SPREAD_MS = 3_000;

/** A hint on its way to people. */
export interface LiveHint extends LanePosition {
  readonly appendedAt: Date;
  readonly event: string;
  readonly data: object;
}

/** Who opens a stream. */
export interface StreamOpening {
  readonly userId: string;
  readonly expiresAt: Date;
  readonly lastEventId: string | undefined;
}

interface Stream {
  readonly userId: string;
  readonly sink: StreamSink;
  readonly expiresAtMs: number;
  readonly openedAtMs: number;
  /** Undefined for a stream that began with nothing to go on from, or whose guard is over. */
  seen: StreamCursor | undefined;
  writtenAtMs: number;
}

interface Deps {
  readonly clock: Clock;
  readonly history: LiveHistory;
  readonly signals: LiveSignals;
}

/** See the head of this file. */
export class LiveStreams {
  readonly #deps: Deps;
  readonly #byPerson = new Map<string, Set<Stream>>();
  #count = 0;
  #caughtUp = false;
  #closed = false;
  #prunedAtMs = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** How many are open. */
  get count(): number {
    return this.#count;
  }

  /** Opens a stream; returns what is to be called when its client has gone. */
  open({ userId, expiresAt, lastEventId }: StreamOpening, sink: StreamSink): () => void {
    const nowMs = this.#deps.clock.now().getTime();
    const seen = lastEventId === undefined ? undefined : parseStreamCursor(lastEventId);
    const stream = { userId, sink, expiresAtMs: expiresAt.getTime(), openedAtMs: nowMs, writtenAtMs: nowMs, seen };
    const streams = this.#byPerson.get(userId) ?? new Set<Stream>();
    this.#byPerson.set(userId, streams);
    streams.add(stream);
    this.#count += 1;
    for (const oldest of streams) {
      if (streams.size <= STREAMS_PER_PERSON_MAX) break;
      this.#end(oldest, 'too_many', RETRY_EVICTED_MS);
    }
    const missed = seen ? this.#deps.history.missed(userId, seen) : [];
    const start = `retry: ${String(RETRY_MS)}\n\n${missed.map(({ frame }) => frame).join('')}`;
    if (this.#closed) this.#end(stream, 'shutdown', this.#retryMs(stream));
    else this.#write(stream, `${start}${this.#cursorFrame()}`, nowMs);
    return () => {
      this.#remove(stream, 'client');
    };
  }

  /** Sends a hint to everybody in `userIds`, and keeps it for those of them who come back. */
  send(hint: LiveHint, userIds: readonly string[]): void {
    const { history, signals, clock } = this.#deps;
    history.pass(hint);
    if (userIds.length === 0) return;
    const frame = `id: ${history.cursor()}\nevent: ${hint.event}\ndata: ${JSON.stringify(hint.data)}\n\n`;
    const entry: LiveEntry = { ...hint, frame };
    const nowMs = clock.now().getTime();
    for (const userId of new Set(userIds)) {
      history.keep(userId, entry);
      for (const stream of this.#byPerson.get(userId) ?? []) {
        const isWanted = stream.seen ? !hasSeen(stream.seen, hint) : this.#caughtUp;
        if (isWanted && this.#write(stream, frame, nowMs)) signals.sent(hint.event);
      }
    }
  }

  /** What is read from now on is new; those who came before it are told where they stand. */
  markCaughtUp(): void {
    this.#caughtUp = true;
    const nowMs = this.#deps.clock.now().getTime();
    for (const streams of this.#byPerson.values()) {
      for (const stream of streams) this.#write(stream, this.#cursorFrame(), nowMs);
    }
  }

  /** Heartbeats, ends of tokens, forgetting: once a second, for all streams together. */
  tick(): void {
    const nowMs = this.#deps.clock.now().getTime();
    for (const streams of this.#byPerson.values()) {
      for (const stream of streams) {
        if (stream.expiresAtMs <= nowMs) this.#end(stream, 'token_expired', RETRY_MS);
        else if (stream.writtenAtMs + HEARTBEAT_MS <= nowMs) this.#write(stream, `:\n${this.#cursorFrame()}`, nowMs);
        if (this.#caughtUp && stream.openedAtMs + OVERLAP_MS <= nowMs) stream.seen = undefined;
      }
    }
    if (this.#prunedAtMs + PRUNE_MS > nowMs) return;
    this.#prunedAtMs = nowMs;
    this.#deps.history.prune();
  }

  /** Ends every stream; clients come back, to another process or to the next one. */
  closeAll(): void {
    this.#closed = true;
    for (const streams of this.#byPerson.values()) {
      for (const stream of streams) this.#end(stream, 'shutdown', this.#retryMs(stream));
    }
  }

  /** Tells a client where it stands without telling it anything else; in a comment's place when there is nothing yet. */
  #cursorFrame(): string {
    const cursor = this.#caughtUp ? this.#deps.history.cursor() : '';
    return cursor === '' ? '\n' : `id: ${cursor}\n\n`;
  }

  #retryMs({ openedAtMs }: Stream): number {
    return RETRY_MS + (openedAtMs % RETRY_SPREAD_MS);
  }

  #write(stream: Stream, text: string, nowMs: number): boolean {
    if (stream.sink.bufferedBytes > BUFFER_BYTES_MAX) {
      stream.sink.cut();
      this.#remove(stream, 'slow');
      return false;
    }
    stream.sink.write(text);
    stream.writtenAtMs = nowMs;
    return true;
  }

  #end(stream: Stream, reason: StreamEnd, retryMs: number): void {
    stream.sink.end(`retry: ${String(retryMs)}\n\n`);
    this.#remove(stream, reason);
  }

  #remove(stream: Stream, reason: StreamEnd): void {
    const streams = this.#byPerson.get(stream.userId);
    if (streams?.delete(stream) !== true) return;
    if (streams.size === 0) this.#byPerson.delete(stream.userId);
    this.#count -= 1;
    this.#deps.signals.ended(reason);
  }
}
