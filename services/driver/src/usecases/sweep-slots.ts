import { toError } from '@rideshare/kernel';
import type { Assignment, BeginOperation, Signals, SlotStore, Trips } from './ports.ts';

// Finishes what a crash has left half done. An offer past its time is ended. An assignment that the trip has not confirmed
// is rolled forward, never back: only the trip's own refusal frees it, and no answer at all proves nothing.

/** How long things may stay unfinished. */
export interface SweepBounds {
  /** An assignment older than this is expected to be known to its trip. */
  readonly settleMs: number;
  /** How often an assignment without an answer is asked about again. */
  readonly retryMs: number;
  /** How often the trip of a settled assignment is asked whether it goes on. */
  readonly recheckMs: number;
}

interface Deps {
  readonly slots: Pick<SlotStore, 'expireOffers' | 'claimAssignments' | 'settle' | 'release' | 'clear'>;
  readonly trips: Trips;
  readonly begin: BeginOperation;
  readonly signals: Pick<Signals, 'assignmentSwept' | 'failed'>;
}

const ROWS_MAX = 200;
/** Questions to the trip service at one time: a sweep must not crowd out the journeys it serves. */
const QUESTIONS_MAX = 8;

/** One pass; true when there is more to do at once. */
export async function sweepSlots(deps: Deps, bounds: SweepBounds): Promise<boolean> {
  const expired = await deps.slots.expireOffers(deps.begin(), ROWS_MAX);
  const unsettled = await deps.slots.claimAssignments('unsettled', {
    olderThanMs: bounds.settleMs,
    againMs: bounds.retryMs,
    limit: ROWS_MAX,
  });
  await askAbout(deps, unsettled, rollForward);
  const settled = await deps.slots.claimAssignments('settled', {
    olderThanMs: bounds.recheckMs,
    againMs: bounds.recheckMs,
    limit: ROWS_MAX,
  });
  await askAbout(deps, settled, clearIfEnded);
  return [expired, unsettled.length, settled.length].includes(ROWS_MAX);
}

type Question = (deps: Deps, assignment: Assignment) => Promise<Parameters<Signals['assignmentSwept']>[0]>;

async function askAbout(deps: Deps, assignments: readonly Assignment[], question: Question): Promise<void> {
  const left = assignments.values();
  const ask = async (): Promise<void> => {
    for (const assignment of left) {
      const outcome = await question(deps, assignment).catch((error: unknown) => {
        deps.signals.failed('slot sweep', toError(error));
        return 'ambiguous' as const;
      });
      deps.signals.assignmentSwept(outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(QUESTIONS_MAX, assignments.length) }, ask));
}

const rollForward: Question = async ({ slots, trips, begin }, assignment) => {
  const answer = await trips.assign(assignment);
  if (answer === 'held') return (await slots.settle(begin(), assignment)) ? 'held' : 'moved_on';
  return (await slots.release(begin(), assignment)) ? 'released' : 'moved_on';
};

const clearIfEnded: Question = async ({ slots, trips, begin }, { tripId }) => {
  if ((await trips.standing(tripId)) === 'active') return 'active';
  return (await slots.clear(begin(), tripId)) ? 'cleared' : 'moved_on';
};
