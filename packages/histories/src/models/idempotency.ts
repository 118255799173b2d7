import type { Call } from '../history.ts';
import type { Model } from '../model.ts';

// What a key of an idempotent request stands for.
//
//   absent → running → done
//
// A request that is carried out takes the key at one moment and writes its answer at a later one. In between the same
// request is told that it is early, and afterwards it gets the same answer; another request under the key is refused from
// the first moment on. A request whose outcome nobody knows may have got as far as either moment, and may have given the
// key back.

/** What is behind a key. */
export type KeyState =
  | { readonly status: 'absent' }
  /** `by` is the call; `undefined`: one of those that nobody heard of, which may be over, or have given the key back. */
  | { readonly status: 'running'; readonly payload: string; readonly by: number | undefined }
  | { readonly status: 'done'; readonly payload: string; readonly answer: string };

/** What a request under a key was told. `answer` is the whole answer, as text. */
export type RequestAnswer =
  | { readonly outcome: 'executed' | 'replayed'; readonly answer: string }
  | { readonly outcome: 'in_progress' | 'reused' };

/** A request under a key; `payload` is what two requests must have in common to be the same. */
export type IdempotencyCall = Call<'request', { readonly payload: string }, RequestAnswer>;

const BEGIN = 'takes the key';
const FINISH = 'answers';
const ABSENT: KeyState = { status: 'absent' };

/** One key. */
export function makeIdempotencyModel(): Model<KeyState, IdempotencyCall> {
  return {
    name: 'idempotency key',
    operations: ['request'],
    initial: () => ABSENT,
    identify: (key) => JSON.stringify(key),
    describe: (key) => {
      if (key.status === 'absent') return 'not used';
      const about = `for ${begin(key.payload)}`;
      return key.status === 'running' ? `running ${about}` : `done ${about} with ${begin(key.answer)}`;
    },
    phases: ({ answer }) => {
      if (answer === undefined) return [BEGIN];
      return answer.outcome === 'executed' ? [BEGIN, FINISH] : [''];
    },
    // the answer that is replayed first tells what an unseen execution has answered
    observes: ({ answer }) => answer?.outcome === 'in_progress' || answer?.outcome === 'reused',
    step: (key, call, phase) => {
      const next = stepKey(key, call, phase);
      return next === undefined ? [] : [next];
    },
  };
}

/** Enough of a text to know it again. */
function begin(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

function stepKey(key: KeyState, call: IdempotencyCall, phase: string): KeyState | undefined {
  const { answer, index, input } = call;
  const { payload } = input;
  const isSame = key.status !== 'absent' && key.payload === payload;
  const isUnseen = key.status === 'running' && key.by === undefined;
  if (phase === BEGIN) {
    const by = answer === undefined ? undefined : index;
    return key.status === 'absent' || (isUnseen && isSame) ? { status: 'running', payload, by } : undefined;
  }
  switch (answer?.outcome) {
    case 'executed':
      return key.status === 'running' && key.by === index
        ? { status: 'done', payload, answer: answer.answer }
        : undefined;
    case 'reused':
      return key.status === 'absent' || isSame ? undefined : key;
    case 'in_progress':
      return key.status === 'running' && isSame ? key : undefined;
    case 'replayed':
      if (!isSame) return undefined;
      if (isUnseen) return { status: 'done', payload, answer: answer.answer };
      return key.status === 'done' && key.answer === answer.answer ? key : undefined;
    case undefined:
      return undefined;
  }
}
