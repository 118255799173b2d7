import type { Call } from '../../src/history.ts';
import type { Model } from '../../src/model.ts';

interface Step {
  readonly call: Call;
  readonly phase: string;
}

/** Whether any order of the calls, with or without each one that nobody heard of again, explains them. By trying them all. */
export function bruteForce<State>(calls: readonly Call[], model: Model<State>): boolean {
  const key = calls[0]?.key ?? '';
  const steps = calls
    .filter(({ outcome }) => outcome !== 'fail')
    .flatMap((call) => (model.phases?.(call) ?? ['']).map((phase): Step => ({ call, phase })));
  const place = (state: State, left: readonly Step[]): boolean => {
    if (left.every(({ call }) => call.outcome === 'info')) return true;
    return left.some((step) => {
      const rest = left.filter((other) => other !== step);
      // nothing that is still to come may have ended before it began
      if (rest.some(({ call }) => call.answeredUs < step.call.invokedUs)) return false;
      // it comes before all of them, and so before the first of their answers
      const answeredUs = Math.min(...left.map(({ call }) => call.answeredUs));
      return model.step(state, { ...step.call, answeredUs }, step.phase).some((next) => place(next, rest));
    });
  };
  return place(model.initial(key), steps);
}
