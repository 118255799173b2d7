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
