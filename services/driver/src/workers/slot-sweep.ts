import { sweepSlots } from '../usecases/sweep-slots.ts';
import type { SweepBounds } from '../usecases/sweep-slots.ts';
import { createLoop } from './loop.ts';
import type { BackgroundLoop } from './loop.ts';

export function createSlotSweep(
  deps: Parameters<typeof createLoop>[0] & Parameters<typeof sweepSlots>[0],
  options: { readonly intervalMs: number; readonly bounds: SweepBounds },
): BackgroundLoop {
  return createLoop(deps, 'slot-sweep', options.intervalMs, () => sweepSlots(deps, options.bounds));
}
