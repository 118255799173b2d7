import type { Clock, Ids, Operation } from '@rideshare/kernel';

/** What a step that no request and no event asked for takes its time and its identity from. */
export interface StepDeps {
  readonly clock: Clock;
  readonly ids: Ids;
}

/** An operation of our own: it is guarded by the state that it changes, so it needs no memory of itself. */
export function startStep<Result>({ clock, ids }: StepDeps): Operation<Result> {
  const names = new Map<string, string>();
  return {
    at: clock.now(),
    id(name) {
      const id = names.get(name) ?? ids.next();
      names.set(name, id);
      return id;
    },
    seal: () => Promise.resolve(),
  };
}
