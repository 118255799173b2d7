import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { AddressFailures } from '../usecases/ports.ts';

/** Failures older than this no longer count. */
const WINDOW_S = 900;

/**
 * The failed sign-ins of each address, in this process. What a restart forgets, or another instance does not know, is
 * bounded by the durable counts of each account.
 */
export function createAddressFailures(options: { readonly failuresMax: number }): AddressFailures {
  const limiter = new RateLimiterMemory({ points: options.failuresMax, duration: WINDOW_S });
  return {
    async waitMs(addressKey) {
      const state = await limiter.get(addressKey);
      return state && state.consumedPoints >= options.failuresMax ? state.msBeforeNext : 0;
    },
    async failed(addressKey) {
      await limiter.penalty(addressKey);
    },
  };
}
