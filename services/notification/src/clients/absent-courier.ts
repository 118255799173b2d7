import { deliveryFailed } from '../domain/errors.ts';
import type { Courier } from '../usecases/ports.ts';

/** A channel without a provider: every message on it fails visibly and is given up after its attempts. */
export function createAbsentCourier(variable: string): Courier {
  return { send: () => Promise.reject(deliveryFailed(new Error(`${variable} is not set`))) };
}
