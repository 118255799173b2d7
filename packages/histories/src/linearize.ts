import { assert } from '@rideshare/kernel';
import type { Call } from './history.ts';
import type { Model } from './model.ts';
import { by, timelineOf } from './timeline.ts';
import type { Part, Slotted, TimelineEvent } from './timeline.ts';

// Wing and Gong's search with Lowe's two improvements, over the calls of one object.
//
// The history is walked from its first event to its last. A call is put in its place just in time: when its answer is
// reached, and then perhaps after others that were open at that moment. A configuration is what matters for the rest of
// the walk: the event it stands at, which of the open calls have their place already, and the state. Each is visited once.
//
// Calls with unknown outcome stay open for ever. Of two configurations that differ only in such calls, the one that has
// placed fewer can do whatever the other can, so the other is not visited.
//
// Calls that change nothing are placed as soon as they fit: that takes nothing away from the rest.

/** Configurations that may wait to be visited: where very many calls are open, each of them leads to as many others. */
const WAITING_MAX = 3_000_000;

/** A step in its place, and what was there before it. */
export interface Placed<State, C extends Call = Call> {
  readonly part: Part<C>;
  readonly state: State;
  readonly before: Placed<State, C> | undefined;
  readonly length: number;
}

/** What the search found. */
export type Search<State, C extends Call = Call> =
  | { readonly outcome: 'valid' | 'unknown'; readonly configurations: number }
  | {
      readonly outcome: 'invalid';
      readonly configurations: number;
      /** The longest order that fits up to the call that has no place. */
      readonly prefix: Placed<State, C> | undefined;
      readonly misfit: Part<C>;
      /** The states that the object can have been in when `misfit` had to be placed. */
      readonly states: readonly State[];
      /** Other calls that were open then. */
      readonly open: readonly Part<C>[];
    };

interface Configuration<State, C extends Call> {
  readonly position: number;
  readonly placed: bigint;
  readonly unknowns: bigint;
  readonly state: State;
  readonly id: number;
  readonly path: Placed<State, C> | undefined;
}

/** Searches an order for the calls of one key. Gives up with `unknown` after `configurationsMax`. */
export function linearize<State, C extends Call>(
  calls: readonly C[],
  key: string,
  model: Model<State, C>,
  configurationsMax: number,
): Search<State, C> {
  const { events, unknowns } = timelineOf(calls, model);
  const ids = makeIds(model);
  const seen = new Map<string, bigint[]>();
  const start = model.initial(key);
  const furthest = makeFurthest<State, C>();
  const todo: Configuration<State, C>[] = [];
  todo.push({ position: 0, placed: 0n, unknowns: 0n, state: start, id: ids.of(start), path: undefined });
  let configurations = 0;
  for (let next = todo.pop(); next; next = todo.pop()) {
    const here = walk(events, next, model, ids);
    const event = events[here.position];
    if (!event?.others) return { outcome: 'valid', configurations };
    furthest.reached(here);
    // a call that nobody interferes with leads on in one way, or ends here
    const alone = event.others.length === 0 && event.unknowns === 0;
    if (!alone) {
      if (!isNew(seen, here)) continue;
      configurations += 1;
      if (configurations > configurationsMax || todo.length > WAITING_MAX)
        return { outcome: 'unknown', configurations };
    }
    const candidates = [event.part, ...event.others, ...unknowns.slice(0, event.unknowns)];
    for (let index = candidates.length - 1; index >= 0; index -= 1) {
      const part = candidates[index];
      if (part) pushPlaced(todo, here, part, event.untilUs, model, ids);
    }
  }
  return { outcome: 'invalid', configurations, ...furthest.found(events) };
}

interface StateIds<State> {
  of(state: State): number;
}

function makeIds<State>(model: Pick<Model<State>, 'identify'>): StateIds<State> {
  const ids = new Map<string, number>();
  return {
    of(state) {
      const text = model.identify(state);
      let id = ids.get(text);
      if (id === undefined) ids.set(text, (id = ids.size));
      return id;
    },
  };
}

/** Goes on from event to event for as long as there is nothing to choose. */
function walk<State, C extends Call>(
  events: readonly TimelineEvent<C>[],
  from: Configuration<State, C>,
  model: Model<State, C>,
  ids: StateIds<State>,
): Configuration<State, C> {
  let { path, placed, position } = from;
  const place = (part: Slotted<C>, untilUs: number): void => {
    if (!part.observes || (placed & part.bit) !== 0n || !stays(from, part, untilUs, model, ids)) return;
    placed |= part.bit;
    path = { part, state: from.state, before: path, length: (path?.length ?? 0) + 1 };
  };
  // the state may just have become one that open calls were waiting for
  const here = events[position];
  if (here?.others) for (const part of [here.part, ...here.others]) place(part, here.untilUs);
  for (; position < events.length; position += 1) {
    const event = events[position];
    if (!event) break;
    const { part } = event;
    if (event.others === undefined) {
      place(part, event.untilUs);
    } else {
      if ((placed & part.bit) === 0n) break;
      placed &= ~part.bit;
    }
  }
  return { ...from, position, placed, path };
}

/** Whether a call that changes nothing fits the state. */
function stays<State, C extends Call>(
  { id, state }: Pick<Configuration<State, C>, 'id' | 'state'>,
  { call, phase }: Part<C>,
  untilUs: number,
  model: Model<State, C>,
  ids: StateIds<State>,
): boolean {
  return model.step(state, by(untilUs, call), phase).some((next) => next === state || ids.of(next) === id);
}

function isNew<State, C extends Call>(
  seen: Map<string, bigint[]>,
  { id, placed, position, unknowns }: Configuration<State, C>,
): boolean {
  const key = `${String(position)}:${placed.toString(36)}:${String(id)}`;
  const known = seen.get(key);
  if (!known) {
    seen.set(key, [unknowns]);
    return true;
  }
  if (known.some((fewer) => (fewer & unknowns) === fewer)) return false;
  known.push(unknowns);
  return true;
}

/** Puts the configurations on the list that come from placing `part` here. */
function pushPlaced<State, C extends Call>(
  todo: Configuration<State, C>[],
  here: Configuration<State, C>,
  part: Slotted<C>,
  untilUs: number,
  model: Model<State, C>,
  ids: StateIds<State>,
): void {
  if (((part.unknown ? here.unknowns : here.placed) & part.bit) !== 0n) return;
  for (const state of model.step(here.state, by(untilUs, part.call), part.phase)) {
    const id = state === here.state ? here.id : ids.of(state);
    if (part.unknown && id === here.id) continue; // as if it had not taken effect
    todo.push({
      position: here.position,
      placed: part.unknown ? here.placed : here.placed | part.bit,
      unknowns: part.unknown ? here.unknowns | part.bit : here.unknowns,
      state,
      id,
      path: { part, state, before: here.path, length: (here.path?.length ?? 0) + 1 },
    });
  }
}

interface Furthest<State, C extends Call> {
  reached(here: Configuration<State, C>): void;
  found(
    events: readonly TimelineEvent<C>[],
  ): Omit<Extract<Search<State, C>, { outcome: 'invalid' }>, 'outcome' | 'configurations'>;
}

/** Remembers how far the search came: what it says about a history without an order. */
function makeFurthest<State, C extends Call>(): Furthest<State, C> {
  let position = -1;
  let states = new Map<number, State>();
  let longest: Placed<State, C> | undefined;
  return {
    reached(here) {
      if (here.position < position) return;
      if (here.position > position) {
        position = here.position;
        states = new Map();
        longest = here.path;
      }
      if ((here.path?.length ?? 0) > (longest?.length ?? 0)) longest = here.path;
      states.set(here.id, here.state);
    },
    found(events) {
      const event = events[position];
      assert(event !== undefined, 'a search without a result stood somewhere');
      const misfit = event.part;
      const open = event.others ?? [];
      return { prefix: longest, misfit, states: [...states.values()], open };
    },
  };
}
