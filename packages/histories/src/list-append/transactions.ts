import { historyInvalid } from '../history-error.ts';
import type { Call } from '../history.ts';

/** A value in a list. Each is appended to its list once, so that a list tells who wrote it. */
export type Value = string | number;

/** One step of a transaction: adds a value to the end of a list, or reads a whole list. */
export type Step =
  | { readonly append: string; readonly value: Value }
  /** `values` is what was read; absent until it is known. */
  | { readonly read: string; readonly values?: readonly Value[] };

/** A transaction over lists. The answer has the same steps as the input, with what was read. */
export type TransactionCall = Call<'transaction', readonly Step[], readonly Step[]>;

/** A transaction as the checker sees it. */
export interface Transaction {
  readonly index: number;
  readonly call: TransactionCall;
  /** Whether it took effect: `info` until a value of it was read. */
  readonly committed: boolean;
  /** What was done, with what was read where that is known. */
  readonly steps: readonly Step[];
  /** Values appended, by list, in order. */
  readonly appends: ReadonlyMap<string, readonly Value[]>;
  /** Lists as they were before the transaction wrote to them. */
  readonly reads: ReadonlyMap<string, readonly Value[]>;
}

/** Where a value came from. */
export interface Origin {
  readonly transaction: Transaction;
  /** Whether the transaction appended more to the list after it. */
  readonly isIntermediate: boolean;
}

/** Where each value of each list came from. */
export type Origins = ReadonlyMap<string, ReadonlyMap<Value, Origin>>;

function appendsOf(steps: readonly Step[]): Map<string, Value[]> {
  const appends = new Map<string, Value[]>();
  for (const step of steps) {
    if (!('append' in step)) continue;
    const list = appends.get(step.append);
    if (list) list.push(step.value);
    else appends.set(step.append, [step.value]);
  }
  return appends;
}

/** What each list held before the transaction: a first read, less what the transaction itself had added by then. */
function externalReadsOf(steps: readonly Step[]): Map<string, readonly Value[]> {
  const reads = new Map<string, readonly Value[]>();
  const written = new Map<string, number>();
  for (const step of steps) {
    if ('append' in step) written.set(step.append, (written.get(step.append) ?? 0) + 1);
    else if (step.values && !reads.has(step.read)) {
      const own = written.get(step.read) ?? 0;
      reads.set(step.read, own === 0 ? step.values : step.values.slice(0, -own));
    }
  }
  return reads;
}

/**
 * The transactions of a history, with their reads and writes sorted out. Transactions without effect are kept: somebody may
 * have read from them.
 *
 * @throws `HISTORY_INVALID` for another operation, or where an answer has other steps than its input.
 */
export function transactionsOf(calls: Iterable<TransactionCall>): Transaction[] {
  const all = [...calls];
  const readAnywhere = new Map<string, Set<Value>>();
  for (const { answer } of all) {
    for (const step of answer ?? []) {
      if (!('read' in step)) continue;
      const values = readAnywhere.get(step.read) ?? new Set();
      readAnywhere.set(step.read, values);
      for (const value of step.values ?? []) values.add(value);
    }
  }
  return all.map((call, index) => {
    const name = `transaction ${String(call.index)} of ${call.process}`;
    if ((call.operation as string) !== 'transaction') throw historyInvalid(`${name} is a ${call.operation}`);
    if (call.answer && call.answer.length !== call.input.length)
      throw historyInvalid(`${name} has answers to other steps`);
    const steps = call.answer ?? call.input;
    const appends = appendsOf(call.input);
    const wasRead = [...appends].some(([list, values]) => values.some((value) => readAnywhere.get(list)?.has(value)));
    const committed = call.outcome === 'ok' || (call.outcome === 'info' && wasRead);
    return { index, call, committed, steps, appends, reads: externalReadsOf(call.answer ?? []) };
  });
}
