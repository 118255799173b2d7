/** The classes of requests that are limited. */
export type LimitedClass = 'anonymous_auth' | 'read' | 'write' | 'location';

/** What became of one request's claim on its limit. */
export interface LimitVerdict {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the window is over. */
  readonly resetS: number;
}

/** Requests per minute and caller. */
export interface RateLimiter {
  take(limited: LimitedClass, caller: string): Promise<LimitVerdict>;
}

/** The connection of one live stream. */
export interface StreamSink {
  write(text: string): void;
  /** Writes `text`, then closes in peace. */
  end(text: string): void;
  /** Closes at once. */
  cut(): void;
  /** What has been written and not been taken yet. */
  readonly bufferedBytes: number;
}

/** Why a live stream ended. */
export type StreamEnd = 'client' | 'slow' | 'token_expired' | 'too_many' | 'shutdown';

/** What is counted about live streams. */
export interface LiveSignals {
  sent(event: string): void;
  ended(reason: StreamEnd): void;
}

/** A message that left in development. */
export interface MailboxItem {
  /** The file's name. */
  readonly name: string;
  readonly at: Date;
  readonly bytes: number;
}

/** The folder into which messages go in development. */
export interface Mailbox {
  /** The newest first, at most `limit`. */
  list(limit: number): Promise<readonly MailboxItem[]>;
  /** The text of a message; `undefined` when the folder has no such file. */
  read(name: string): Promise<string | undefined>;
}

/** A file of the pages that the gateway serves. */
export interface PageAsset {
  readonly contentType: string;
  readonly body: Buffer;
}
