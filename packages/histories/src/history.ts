import { historyInvalid } from './history-error.ts';

// A history is what clients saw of a system: each call as it began, and how it ended.
//
//   invoke ──▶ ok      answered; refusals that follow from the state are answers too
//          ──▶ fail    certainly without effect
//          ──▶ info    nobody knows: it may have taken effect, may do so at any later time, or never
//
// A call that never ends is `info`. A process does one thing after the other, and one whose call ended as `info` does
// nothing more, since that call may still be going on.

/** How an entry of a history begins or ends a call. */
export type EntryType = 'invoke' | 'ok' | 'fail' | 'info';

/** One line of a history. */
export interface Entry {
  readonly type: EntryType;
  readonly process: string;
  /** The object that the call is about; objects are independent of each other. */
  readonly key: string;
  readonly operation: string;
  /** Of a monotonic clock that all processes of the history share. */
  readonly atUs: number;
  /** The input of a call, its answer, or what is known about its failure. */
  readonly value?: unknown;
}

/** A call, from its two entries. */
export interface Call<Operation extends string = string, Input = unknown, Answer = unknown> {
  /** Its place among the invocations of the history. */
  readonly index: number;
  readonly process: string;
  readonly key: string;
  readonly operation: Operation;
  readonly input: Input;
  readonly outcome: 'ok' | 'fail' | 'info';
  /** `undefined` unless the outcome is `ok`. */
  readonly answer: Answer | undefined;
  readonly invokedUs: number;
  /** When it had ended at the latest; infinite for `info`. */
  readonly answeredUs: number;
}

interface Open {
  readonly entry: Entry;
  readonly index: number;
}

/**
 * The calls of a history, in the order of their invocations.
 *
 * @throws `HISTORY_INVALID` where entries do not pair: a second call of a busy process, an answer to nothing, an answer
 * that names another call, time that runs backwards within a call.
 */
export function callsOf(entries: Iterable<Entry>): Call[] {
  const calls: Call[] = [];
  const open = new Map<string, Open>();
  const gone = new Set<string>();
  let at = 0;
  for (const entry of entries) {
    at += 1;
    const begun = open.get(entry.process);
    if (entry.type === 'invoke') {
      if (begun)
        throw historyInvalid(`entry ${String(at)}: ${entry.process} is still busy with ${nameOf(begun.entry)}`);
      if (gone.has(entry.process)) {
        throw historyInvalid(`entry ${String(at)}: ${entry.process} may still be busy, its last call ended as info`);
      }
      const index = calls.length;
      open.set(entry.process, { entry, index });
      calls.push(ended({ entry, index }, undefined));
      continue;
    }
    if (!begun) throw historyInvalid(`entry ${String(at)}: ${entry.process} has nothing to end with ${entry.type}`);
    calls[begun.index] = ended(begun, checked(entry, begun, at));
    open.delete(entry.process);
    if (entry.type === 'info') gone.add(entry.process);
  }
  return calls;
}

const nameOf = ({ key, operation }: Entry): string => `${operation} of ${key}`;

function checked(entry: Entry, { entry: begun }: Open, at: number): Entry {
  if (entry.key !== begun.key || entry.operation !== begun.operation) {
    throw historyInvalid(`entry ${String(at)}: ${entry.process} began ${nameOf(begun)} and ended ${nameOf(entry)}`);
  }
  if (entry.atUs < begun.atUs) {
    throw historyInvalid(`entry ${String(at)}: ${nameOf(entry)} by ${entry.process} ended before it began`);
  }
  return entry;
}

function ended({ entry, index }: Open, end: Entry | undefined): Call {
  const outcome = end === undefined || end.type === 'invoke' ? 'info' : end.type;
  return {
    index,
    process: entry.process,
    key: entry.key,
    operation: entry.operation,
    input: entry.value,
    outcome,
    answer: outcome === 'ok' ? end?.value : undefined,
    invokedUs: entry.atUs,
    answeredUs: outcome === 'info' || end === undefined ? Infinity : end.atUs,
  };
}

/** Calls by the object that they are about, each list in the order of the history. */
export function byKey<C extends Call>(calls: Iterable<C>): Map<string, C[]> {
  const keys = new Map<string, C[]>();
  for (const call of calls) {
    const list = keys.get(call.key);
    if (list) list.push(call);
    else keys.set(call.key, [call]);
  }
  return keys;
}

/** The keys on which calls overlapped: there something was contended for. */
export function contendedKeys(calls: Iterable<Call>): string[] {
  return [...byKey(calls)].flatMap(([key, list]) => {
    const sorted = list.toSorted((a, b) => a.invokedUs - b.invokedUs);
    let latest = -Infinity;
    for (const { answeredUs, invokedUs } of sorted) {
      if (invokedUs <= latest) return [key];
      latest = Math.max(latest, answeredUs);
    }
    return [];
  });
}
