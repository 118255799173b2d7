import type { Random } from '@rideshare/kernel';
import type { Call } from './history.ts';
import type { Model } from './model.ts';

/** A call that a client may make, with the answers that a system could have for it; the model picks those that fit. */
export interface Wish<C extends Call> {
  readonly operation: C['operation'];
  readonly input: C['input'];
  readonly answers: readonly NonNullable<C['answer']>[];
}

/** What a history is to be like. */
export interface GeneratedHistory<State, C extends Call> {
  readonly model: Model<State, C>;
  readonly key: string;
  readonly calls: number;
  readonly processes: number;
  readonly random: Random;
  /** What some client wants in this state. */
  readonly wish: (state: State) => Wish<C>;
  /** How far a call reaches to either side of the moment at which it takes effect; calls are 100 µs apart. */
  readonly reachUs?: number;
  /** The share of calls of which nobody hears again; half of them have their effect. */
  readonly unknownShare?: number;
}

const APART_US = 100;

interface Unfinished<C extends Call> {
  readonly call: C;
  readonly phases: readonly string[];
}

/**
 * A history that a correct system could have given: the model is carried out one call after another, and around the moment
 * of each call its client waited for some time, so that calls overlap.
 */
export function generateCalls<State, C extends Call>(history: GeneratedHistory<State, C>): C[] {
  const { key, model, processes, random, reachUs = 300 } = history;
  const done: C[] = [];
  const freeFromUs = new Array<number>(processes).fill(0);
  const lives = new Array<number>(processes).fill(1);
  const unfinished: (Unfinished<C> & { readonly slot: number })[] = [];
  let state = model.initial(key);
  let begun = 0;
  const stepTo = (next: readonly State[]): void => {
    state = next[random.integer(next.length)] ?? state;
  };
  const finishOne = (atUs: number): void => {
    const [entry] = unfinished.splice(random.integer(unfinished.length), 1);
    if (!entry) return;
    const [phase = '', ...rest] = entry.phases;
    stepTo(model.step(state, at(atUs, entry.call), phase));
    if (rest.length > 0) {
      unfinished.push({ ...entry, phases: rest });
      return;
    }
    const answeredUs = atUs + 1 + random.integer(reachUs);
    freeFromUs[entry.slot] = answeredUs + 1;
    done.push({ ...entry.call, answeredUs });
  };
  for (let atUs = APART_US; begun < history.calls || unfinished.length > 0; atUs += APART_US) {
    const slot = freeFromUs.findIndex((fromUs) => fromUs < atUs);
    if (begun === history.calls || slot === -1 || (unfinished.length > 0 && random.next() < 0.4)) {
      finishOne(atUs);
      continue;
    }
    const call = answered(history, state, atUs, {
      index: begun,
      process: `p${String(slot)}.${String(lives[slot])}`,
      key,
      invokedUs: Math.max(freeFromUs[slot] ?? 0, atUs - random.integer(reachUs)),
      answeredUs: atUs + 1 + random.integer(reachUs),
    });
    if (!call) continue;
    begun += 1;
    const [phase = '', ...rest] = model.phases?.(call) ?? [''];
    const after = model.step(state, at(atUs, call), phase);
    if (call.outcome === 'info') {
      lives[slot] = (lives[slot] ?? 0) + 1;
      if (random.next() < 0.5) stepTo(after);
      done.push(call);
    } else if (rest.length > 0) {
      stepTo(after);
      freeFromUs[slot] = Infinity;
      unfinished.push({ call, phases: rest, slot });
    } else {
      stepTo(after);
      freeFromUs[slot] = call.answeredUs + 1;
      done.push(call);
    }
  }
  return done.toSorted((a, b) => a.invokedUs - b.invokedUs).map((call, index) => ({ ...call, index }));
}

/** The call as it is carried out, at one moment: what has a time to it goes by that one. */
function at<C extends Call>(atUs: number, call: C): C {
  return { ...call, invokedUs: atUs, answeredUs: atUs };
}

/** The call with one of the answers that fit the state; `undefined` where none does. */
function answered<State, C extends Call>(
  { model, random, unknownShare = 0, wish }: GeneratedHistory<State, C>,
  state: State,
  atUs: number,
  begun: Pick<C, 'index' | 'process' | 'key' | 'invokedUs' | 'answeredUs'>,
): C | undefined {
  const { answers, input, operation } = wish(state);
  const base = { ...begun, operation, input };
  if (random.next() < unknownShare) return { ...base, outcome: 'info', answer: undefined, answeredUs: Infinity } as C;
  const fitting = answers
    .map((answer) => ({ ...base, outcome: 'ok', answer }) as unknown as C)
    .filter((call) => model.step(state, at(atUs, call), model.phases?.(call)[0] ?? '').length > 0);
  return fitting[random.integer(fitting.length)];
}
