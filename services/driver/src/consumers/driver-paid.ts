import { paymentCaptured, paymentRefunded } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import type { PerformanceStore } from '../usecases/ports.ts';

/** What a driver earns, and what a refund takes back. */
export function onDriverPaid({
  performance,
}: {
  readonly performance: Pick<PerformanceStore, 'addEarnings'>;
}): Subscription[] {
  return [
    on(paymentCaptured, async ({ data: { driverId, driverShare } }, delivery) => {
      if (driverId === null) return 'skipped';
      await performance.addEarnings(delivery, driverId, driverShare);
      return 'applied';
    }),
    on(paymentRefunded, async ({ data: { driverId, driverShare } }, delivery) => {
      if (driverId === null) return 'skipped';
      await performance.addEarnings(delivery, driverId, { ...driverShare, amount: -driverShare.amount });
      return 'applied';
    }),
  ];
}
