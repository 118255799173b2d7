import type { Call } from './history.ts';
import type { Model } from './model.ts';

/** One step of a call, as a search places it. */
export interface Part<C extends Call = Call> {
  readonly call: C;
  readonly phase: string;
}

/** A step with its place in the sets of open steps. */
export interface Slotted<C extends Call = Call> extends Part<C> {
  /** Its bit in the set of open steps, or of those whose outcome is unknown; the former are used again after the answer. */
  readonly bit: bigint;
  readonly unknown: boolean;
  readonly observes: boolean;
}

/** A moment at which a step begins or has to have its place. */
export interface TimelineEvent<C extends Call = Call> {
  readonly part: Slotted<C>;
  /** At an answer: the other steps that are open, by the time of their answers. Undefined at an invocation. */
  readonly others: readonly Slotted<C>[] | undefined;
  /** How many steps with unknown outcome had begun. */
  readonly unknowns: number;
  /** When the next answer comes, this one included: what is placed here has its effect by then. */
  readonly untilUs: number;
}

/** The call, with its effect by then at the latest. */
export function by<C extends Call>(untilUs: number, call: C): C {
  return call.answeredUs <= untilUs ? call : { ...call, answeredUs: untilUs };
}

interface Moment<P> {
  readonly part: P;
  readonly atUs: number;
  readonly isAnswer: boolean;
}

type Unslotted<C extends Call> = Omit<Slotted<C>, 'bit'>;

const ONE_STEP = [''] as const;

/**
 * What happened to one object, in order. Where two things have one time, beginnings come first: such calls overlapped, as far
 * as anybody can tell. Calls without effect are left out, and so are those that would only have looked and got no answer.
 */
export function timelineOf<State, C extends Call>(
  calls: readonly C[],
  model: Pick<Model<State, C>, 'observes' | 'phases'>,
): { readonly events: readonly TimelineEvent<C>[]; readonly unknowns: readonly Slotted<C>[] } {
  const moments = momentsOf(calls, model);
  const unknowns: Slotted<C>[] = [];
  let open: Slotted<C>[] = [];
  const untilUs = nextAnswers(moments);
  const events = moments.map(({ isAnswer, part }, at): TimelineEvent<C> => {
    const known = { part, untilUs: untilUs[at] ?? Infinity };
    if (isAnswer) {
      open = open.filter((other) => other !== part);
      return { ...known, others: open, unknowns: unknowns.length };
    }
    if (part.unknown) unknowns.push(part);
    else open = withPart(open, part);
    return { ...known, others: undefined, unknowns: unknowns.length };
  });
  return { events, unknowns };
}

function nextAnswers(moments: readonly Moment<unknown>[]): Float64Array {
  const untilUs = new Float64Array(moments.length);
  let next = Infinity;
  for (let at = moments.length - 1; at >= 0; at -= 1) {
    const moment = moments[at];
    if (moment?.isAnswer) next = moment.atUs;
    untilUs[at] = next;
  }
  return untilUs;
}

function withPart<C extends Call>(open: readonly Slotted<C>[], part: Slotted<C>): Slotted<C>[] {
  const after = open.findIndex(({ call }) => call.answeredUs > part.call.answeredUs);
  return after === -1 ? [...open, part] : open.toSpliced(after, 0, part);
}

function momentsOf<State, C extends Call>(
  calls: readonly C[],
  model: Pick<Model<State, C>, 'observes' | 'phases'>,
): Moment<Slotted<C>>[] {
  const bare: Moment<Unslotted<C>>[] = [];
  for (const call of calls) {
    const unknown = call.outcome === 'info';
    const observes = model.observes?.(call) ?? false;
    if (call.outcome === 'fail' || (unknown && observes)) continue;
    for (const phase of model.phases?.(call) ?? ONE_STEP) {
      const part = { call, phase, unknown, observes };
      bare.push({ part, atUs: call.invokedUs, isAnswer: false });
      if (!unknown) bare.push({ part, atUs: call.answeredUs, isAnswer: true });
    }
  }
  bare.sort((a, b) => a.atUs - b.atUs || Number(a.isAnswer) - Number(b.isAnswer));
  return giveBits(bare);
}

function giveBits<C extends Call>(moments: readonly Moment<Unslotted<C>>[]): Moment<Slotted<C>>[] {
  const open = new Map<Unslotted<C>, Slotted<C>>();
  const free: bigint[] = [];
  let fresh = 1n;
  let freshUnknown = 1n;
  const take = (unknown: boolean): bigint => {
    const bit = unknown ? freshUnknown : (free.pop() ?? fresh);
    if (unknown) freshUnknown <<= 1n;
    else if (bit === fresh) fresh <<= 1n;
    return bit;
  };
  return moments.map(({ part, atUs, isAnswer }) => {
    const slotted = open.get(part) ?? { ...part, bit: take(part.unknown) };
    if (isAnswer) {
      free.push(slotted.bit);
      open.delete(part);
    } else {
      open.set(part, slotted);
    }
    return { part: slotted, atUs, isAnswer };
  });
}
