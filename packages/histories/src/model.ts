import type { Call } from './history.ts';

/**
 * What an object does when it is used by one client at a time. The checker asks whether what many clients saw at once
 * could have come from that.
 *
 * @remarks Pure: what comes out depends on nothing but the arguments.
 */
export interface Model<State, C extends Call = Call> {
  readonly name: string;
  /** The operations it knows; a history with another one is refused. */
  readonly operations: readonly C['operation'][];
  /** The object before its first call. */
  initial(key: string): State;
  /** Equal texts for equal states, and for these only. */
  identify(state: State): string;
  /** The state for a reader. */
  describe(state: State): string;
  /**
   * The states that the object may be in when the call was carried out in `state` with the answer that it had; none when
   * that cannot be. Of a call whose outcome is `info` any answer will do. Its `answeredUs` is when it has had its effect at
   * the latest, which may be sooner than it was answered.
   */
  step(state: State, call: C, phase: string): readonly State[];
  /**
   * Whether the call, with the answer that it had, changes nothing in any state. Such calls are placed as soon as they
   * fit, which keeps the search small.
   */
  observes?(call: C): boolean;
  /**
   * For a call that touches the object more than once while it lasts: its steps, in their order, each of which takes effect
   * at a moment of its own. One step, without a name, unless it says otherwise.
   */
  phases?(call: C): readonly string[];
}
