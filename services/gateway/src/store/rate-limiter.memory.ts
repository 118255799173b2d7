import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { LimitedClass, LimitVerdict, RateLimiter } from '../usecases/ports.ts';

const WINDOW_S = 60;
/** Requests a minute. */
const LIMITS: Readonly<Record<LimitedClass, number>> = { anonymous_auth: 20, read: 600, write: 120, location: 1_200 };

function toVerdict(limit: number, result: RateLimiterRes, allowed: boolean): LimitVerdict {
  return {
    allowed,
    limit,
    remaining: Math.max(0, result.remainingPoints),
    resetS: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  };
}

/** Limits that hold for this process; `multiplier` raises them all, for development and load tests. */
export function createMemoryRateLimiter(multiplier: number): RateLimiter {
  const limiters = new Map(
    Object.entries(LIMITS).map(([name, points]) => [
      name as LimitedClass,
      new RateLimiterMemory({ keyPrefix: name, points: points * multiplier, duration: WINDOW_S }),
    ]),
  );
  return {
    async take(limited, caller) {
      const limiter = limiters.get(limited);
      if (!limiter) return { allowed: true, limit: 0, remaining: 0, resetS: WINDOW_S };
      try {
        return toVerdict(limiter.points, await limiter.consume(caller), true);
      } catch (refused) {
        // the library throws its verdict when a limit is reached, and an Error when it fails
        if (refused instanceof RateLimiterRes) return toVerdict(limiter.points, refused, false);
        throw refused;
      }
    },
  };
}
