import { byKey } from './history.ts';
import type { Call } from './history.ts';
import { historyInvalid } from './history-error.ts';
import { linearize } from './linearize.ts';
import type { Search } from './linearize.ts';
import type { Model } from './model.ts';

/**
 * Configurations searched for one key before it counts as undecided: some hundred megabytes and some seconds. A key
 * that needs more has very many calls at once, each of which changes something.
 */
const CONFIGURATIONS_MAX = 1_000_000;

/** Why the calls of a key cannot have an order. */
export interface Violation<State, C extends Call = Call> extends Omit<
  Extract<Search<State, C>, { outcome: 'invalid' }>,
  'outcome' | 'configurations'
> {
  readonly key: string;
}

/** What a history comes to. */
export interface Verdict<State, C extends Call = Call> {
  /** `unknown`: no violation was found, and for some keys the search was given up. */
  readonly outcome: 'valid' | 'invalid' | 'unknown';
  readonly model: string;
  readonly keys: number;
  readonly calls: number;
  readonly configurations: number;
  readonly violations: readonly Violation<State, C>[];
  /** The keys whose search was given up. */
  readonly undecided: readonly string[];
}

/**
 * Whether each object behaved as if its calls had been carried out one after another, each at some moment between its
 * invocation and its answer.
 *
 * @remarks Objects are independent, so each key is decided by itself (the property is local).
 * @throws `HISTORY_INVALID` for an operation that the model does not know.
 */
export function checkLinearizability<State, C extends Call>(
  calls: Iterable<C>,
  model: Model<State, C>,
  options: { readonly configurationsMax?: number } = {},
): Verdict<State, C> {
  const { configurationsMax = CONFIGURATIONS_MAX } = options;
  const known = new Set<string>(model.operations);
  const violations: Violation<State, C>[] = [];
  const undecided: string[] = [];
  let [checked, configurations] = [0, 0];
  const keys = byKey(calls);
  for (const [key, list] of keys) {
    const foreign = list.find(({ operation }) => !known.has(operation));
    if (foreign) throw historyInvalid(`${model.name} knows no operation ${foreign.operation} (key ${key})`);
    const { configurations: searched, ...found } = linearize(list, key, model, configurationsMax);
    checked += list.length;
    configurations += searched;
    if (found.outcome === 'unknown') undecided.push(key);
    if (found.outcome === 'invalid') {
      const { misfit, open, prefix, states } = found;
      violations.push({ key, misfit, open, prefix, states });
    }
  }
  const outcome = violations.length > 0 ? 'invalid' : undecided.length > 0 ? 'unknown' : 'valid';
  return { outcome, model: model.name, keys: keys.size, calls: checked, configurations, violations, undecided };
}
