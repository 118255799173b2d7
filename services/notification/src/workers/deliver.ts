import type { Loop, Scheduler } from '@rideshare/kernel';
import { deliverPending } from '../usecases/deliver-pending.ts';
import type { DeliverDeps } from '../usecases/deliver-pending.ts';

/** Finds what nobody woke the loop for: retries that came due, and what a dead process left. */
const INTERVAL_MS = 1_000;

/** Delivers what waits for a channel. */
export function startDelivery(
  deps: DeliverDeps & { readonly scheduler: Scheduler; readonly onError: (error: Error, name: string) => void },
): Loop {
  return deps.scheduler.every('deliver messages', INTERVAL_MS, () => deliverPending(deps), deps.onError);
}
