import type { Operation } from '@rideshare/kernel';
import type { Reservation, Signals, SlotStore, Verdict } from './ports.ts';

/** Offers trips to drivers: a verdict for each, in their order. */
export async function reserveSlots(
  {
    slots,
    signals,
  }: { readonly slots: Pick<SlotStore, 'reserve'>; readonly signals: Pick<Signals, 'reservationsJudged'> },
  operation: Operation<Verdict[]>,
  items: readonly Reservation[],
): Promise<Verdict[]> {
  const verdicts = await slots.reserve(operation, items);
  signals.reservationsJudged(verdicts);
  return verdicts;
}
