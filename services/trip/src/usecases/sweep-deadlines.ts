import { toError } from '@rideshare/kernel';
import type { Clock } from '@rideshare/kernel';
import { timestampOf } from '../domain/timestamp.ts';
import { changeTrip } from './change-trip.ts';
import type { ChangeDeps } from './change-trip.ts';
import type { Operations, TripAgenda } from './ports.ts';

/** Ended one by one, so a sweep after an outage takes a while; the next begins where this one stopped. */
const BATCH_MAX = 200;
/** Overdue rides that are told of by their ids; somebody has to look at each. */
const NAMED_MAX = 20;

/** What the sweep needs. */
export interface SweepDeadlinesDeps extends ChangeDeps {
  readonly agenda: Pick<TripAgenda, 'due' | 'countOverdueRides' | 'overdueRides'>;
  readonly operations: Operations;
  readonly clock: Clock;
}

/**
 * Ends the trips whose state has run out, whatever died that should have moved them on.
 *
 * @returns Whether more may be due.
 */
export async function sweepDeadlines(deps: SweepDeadlinesDeps): Promise<boolean> {
  const now = timestampOf(deps.clock.now());
  const overdue = await deps.agenda.countOverdueRides(now);
  deps.signals.overdueRides(overdue, overdue === 0 ? [] : await deps.agenda.overdueRides(now, NAMED_MAX));
  const due = await deps.agenda.due(now, BATCH_MAX);
  let ended = 0;
  for (const tripId of due) {
    const operation = deps.operations.fresh();
    const at = timestampOf(operation.at);
    try {
      const { outcome } = await changeTrip(deps, operation, {
        tripId,
        command: () => ({ type: 'run_out', at }),
        result: (state) => state,
      });
      if (outcome === 'changed') ended += 1;
      deps.signals.deadlineSwept(outcome === 'changed' ? 'ended' : 'unchanged');
    } catch (error) {
      // one trip that cannot be ended now must not keep the others waiting
      deps.signals.deadlineSwept('failed');
      deps.signals.dispatchFailed('deadline', toError(error));
    }
  }
  return due.length === BATCH_MAX && ended > 0;
}
