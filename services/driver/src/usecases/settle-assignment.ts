import type { Operation } from '@rideshare/kernel';
import type { OfferKey, PerformanceStore, SlotStore } from './ports.ts';

/** The trip holds the assignment: no sweep needs to ask, and the rider may see the driver. */
export async function settleAssignment(
  {
    slots,
    performance,
  }: { readonly slots: Pick<SlotStore, 'settle'>; readonly performance: Pick<PerformanceStore, 'rememberRider'> },
  operation: Operation,
  accepted: OfferKey & { readonly riderId: string },
): Promise<void> {
  await slots.settle(operation, accepted);
  await performance.rememberRider(operation, accepted);
}
