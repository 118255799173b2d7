import { toError } from '@rideshare/kernel';
import { followTripState } from './follow-trip-state.ts';
import type { FollowTripDeps } from './follow-trip.ts';
import { startStep } from './start-step.ts';
import type { StepDeps } from './start-step.ts';
import type { PaymentStore, Signals, Trips } from './ports.ts';

/** What the sweep needs. */
export interface SweepGoalsDeps extends StepDeps {
  readonly payments: FollowTripDeps['payments'] & Pick<PaymentStore, 'takeHeld'>;
  readonly trips: Trips;
  readonly signals: FollowTripDeps['signals'] & Pick<Signals, 'goalUnknown'>;
  readonly limits: { readonly heldForMs: number };
}

// one page of a sweep; what is left over comes with the next, at once
const PAGE = 100;

/**
 * Asks the trip service about payments that have been on hold for long, in case the end of a trip was never heard.
 *
 * @returns True when there may be more.
 */
export async function sweepGoals(deps: SweepGoalsDeps, signal: AbortSignal): Promise<boolean> {
  const held = await deps.payments.takeHeld(deps.limits.heldForMs, PAGE);
  for (const { tripId } of held) {
    if (signal.aborted) return false;
    try {
      const trip = await deps.trips.stateOf(tripId);
      // a trip that is unknown was never requested, and then nothing was held for it
      if (trip) await followTripState(deps, startStep(deps), tripId, trip, `goal-sweep:${tripId}`);
    } catch (error) {
      // asked again once it is due again; the others must not wait for it
      deps.signals.goalUnknown(tripId, toError(error));
    }
  }
  return held.length === PAGE;
}
