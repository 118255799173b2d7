import { tripRated } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import type { PerformanceStore } from '../usecases/ports.ts';

export function onTripRated({
  performance,
}: {
  readonly performance: Pick<PerformanceStore, 'countStars'>;
}): Subscription {
  return on(tripRated, async ({ data }, delivery) => {
    if (data.by !== 'rider') return 'skipped';
    await performance.countStars(delivery, data.driverId, data.stars);
    return 'applied';
  });
}
