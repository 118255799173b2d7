import type { Outcome, Plan } from './run-seed.ts';

/** Tells whether a smaller plan still breaks the same promise. */
type StillFails = (plan: Plan) => Promise<boolean>;

/** Halves, then single ones: what can be left out of `all` while `stillFails`. Delta debugging (Zeller, 1999). */
async function minimise<Item>(
  all: readonly Item[],
  stillFails: (kept: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[]> {
  let kept = all;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length;) {
      const fewer = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (fewer.length < kept.length && (await stillFails(fewer))) kept = fewer;
      else from += size;
    }
  }
  return kept;
}

/**
 * A smaller plan that breaks the same promise: fewer faults, fewer people, a shorter day.
 *
 * @param runsMax bounds the search; the smallest plan found so far is the answer.
 */
export async function shrink(failed: Outcome, run: (plan: Plan) => Promise<Outcome>, runsMax = 200): Promise<Outcome> {
  const promises = new Set(failed.violations.map(({ check }) => check));
  let smallest = failed;
  let runs = 0;
  const stillFails: StillFails = async (plan) => {
    if (runs >= runsMax) return false;
    runs += 1;
    const outcome = await run(plan);
    const fails = outcome.violations.some(({ check }) => promises.has(check));
    if (fails) smallest = outcome;
    return fails;
  };
  await minimise(failed.plan.faults, (faults) => stillFails({ ...smallest.plan, faults }));
  await minimise(smallest.plan.riders, (riders) => stillFails({ ...smallest.plan, riders }));
  await minimise(smallest.plan.drivers, (drivers) => stillFails({ ...smallest.plan, drivers }));
  while (await stillFails({ ...smallest.plan, openMs: Math.floor(smallest.plan.openMs / 2) })) {
    // as long as half a day is enough
  }
  return smallest;
}
