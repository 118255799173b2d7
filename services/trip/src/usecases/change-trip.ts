import { operationFor } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import type { TripBounds } from '../domain/bounds.ts';
import { decide } from '../domain/decide.ts';
import type { TripCommand } from '../domain/decide.ts';
import { tripError } from '../domain/errors.ts';
import type { TripErrorCode } from '../domain/errors.ts';
import { evolve } from '../domain/evolve.ts';
import type { TripState } from '../domain/trip.ts';
import type { DispatchNudges, Signals, TripStore, TripTraces } from './ports.ts';

/** Each try loses only to somebody who moved the trip forward, and a trip has few steps to move. */
const TRIES_MAX = 3;

/** What every change of a trip needs. */
export interface ChangeDeps {
  readonly trips: TripStore;
  readonly bounds: TripBounds;
  readonly dispatch: DispatchNudges;
  readonly signals: Signals;
  readonly traces: TripTraces;
}

/** One change of one trip, whoever asks for it. */
export interface Change<Result> {
  readonly tripId: string;
  /** The command for the state that was read; asked again when somebody else was faster. */
  readonly command: (state: TripState | undefined) => TripCommand | Promise<TripCommand>;
  /** The version that the caller saw; another one is a conflict unless the effect is there already. */
  readonly version?: number | undefined;
  /** What the operation records as its result. */
  readonly result: (state: TripState) => Result;
}

/** What a change came to. */
export type ChangeOutcome =
  | { readonly outcome: 'changed' | 'unchanged'; readonly state: TripState }
  | { readonly outcome: 'refused'; readonly code: TripErrorCode };

/**
 * Reads, decides and writes one step under the version that was read; decides again when the trip has moved meanwhile.
 *
 * @throws `TRIP_CONTENDED` when it kept moving, `ASSIGNMENT_BLOCKED` when another trip holds the driver, and whatever the
 * store throws while an outcome is unknown.
 */
export async function changeTrip<Result>(
  deps: ChangeDeps,
  operation: Operation<Result>,
  change: Change<Result>,
): Promise<ChangeOutcome> {
  for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
    const state = await deps.trips.read(change.tripId);
    const decision = decide(state, await change.command(state), deps.bounds);
    if (decision.outcome === 'unchanged' && state !== undefined) return { outcome: 'unchanged', state };
    if (change.version !== undefined && state !== undefined && state.version !== change.version) {
      return { outcome: 'refused', code: 'TRIP_VERSION_CONFLICT' };
    }
    if (decision.outcome === 'refused') return decision;
    if (decision.outcome === 'unchanged' || state === undefined) return { outcome: 'refused', code: 'TRIP_NOT_FOUND' };
    const to = evolve(state, decision.event);
    const eventId = operation.id(`trip-event-${String(attempt)}`);
    const step = { eventId, from: state, event: decision.event, to };
    const written = await deps.traces.step(`trip ${decision.event.type}`, state.facts, () =>
      deps.trips.step(operationFor(operation, change.result), step),
    );
    if (written === 'driver_busy') throw tripError('ASSIGNMENT_BLOCKED', { retryAfterS: 1 });
    if (written === 'applied') {
      deps.dispatch.left(change.tripId);
      deps.signals.tripChanged(to, state.status);
      return { outcome: 'changed', state: to };
    }
  }
  throw tripError('TRIP_CONTENDED', { retryAfterS: 1 });
}

/** {@link changeTrip} for callers to whom a refusal is an error. */
export async function changeTripOrThrow<Result>(
  deps: ChangeDeps,
  operation: Operation<Result>,
  change: Change<Result>,
): Promise<TripState> {
  const outcome = await changeTrip(deps, operation, change);
  if (outcome.outcome === 'refused') throw tripError(outcome.code);
  return outcome.state;
}
