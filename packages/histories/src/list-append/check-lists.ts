import type { Anomaly, ListFault } from './anomaly.ts';
import type { Origin, Origins, Step, Transaction, Value } from './transactions.ts';

type Report = (fault: ListFault, why: string, transactions: readonly Transaction[]) => void;

/** What the lists themselves say, before anybody looks at what depends on what. */
export interface Lists {
  readonly anomalies: readonly Anomaly[];
  readonly origins: Origins;
  /** The order in which values came into each list, as far as it was read. */
  readonly orders: ReadonlyMap<string, readonly Value[]>;
}

/** Finds the faults that one list shows, and the order of each list's versions. */
export function checkLists(transactions: readonly Transaction[]): Lists {
  const anomalies: Anomaly[] = [];
  const report: Report = (fault, why, of) => {
    anomalies.push({ fault, why, transactions: [...new Set(of.map(({ call }) => call.index))] });
  };
  const origins = originsOf(transactions, report);
  const readers = transactions.filter(({ call }) => call.outcome === 'ok');
  for (const transaction of readers) {
    checkInternal(transaction, report);
    for (const [list, values] of transaction.reads) checkRead(transaction, list, values, origins, report);
  }
  return { anomalies, origins, orders: ordersOf(readers, origins, report) };
}

function nameOf({ call }: Transaction): string {
  return `${call.process}'s transaction ${String(call.index)}`;
}

function originsOf(transactions: readonly Transaction[], report: Report): Map<string, Map<Value, Origin>> {
  const origins = new Map<string, Map<Value, Origin>>();
  for (const transaction of transactions) {
    for (const [list, values] of transaction.appends) {
      const known = origins.get(list) ?? new Map<Value, Origin>();
      origins.set(list, known);
      for (const [index, value] of values.entries()) {
        const before = known.get(value);
        if (before) {
          const who = [before.transaction, transaction];
          report('duplicate-append', `${list} was given ${String(value)} twice: the history decides nothing`, who);
        }
        known.set(value, { transaction, isIntermediate: index < values.length - 1 });
      }
    }
  }
  return origins;
}

/** A transaction sees what it has written itself, and a list that it reads twice without writing stays the same. */
function checkInternal(transaction: Transaction, report: Report): void {
  const expected = new Map<string, { readonly whole: boolean; readonly values: readonly Value[] }>();
  for (const step of transaction.steps) {
    const list = 'append' in step ? step.append : step.read;
    const known = expected.get(list) ?? { whole: false, values: [] };
    if ('append' in step) {
      expected.set(list, { ...known, values: [...known.values, step.value] });
    } else if (step.values) {
      const seen = known.whole ? step.values : step.values.slice(step.values.length - known.values.length);
      const same = seen.length === known.values.length && seen.every((value, index) => value === known.values[index]);
      if ((known.whole || known.values.length > 0) && !same) {
        const why = `${nameOf(transaction)} read ${list} as ${shown(step)} where it had to end with what it knew`;
        report('internal', why, [transaction]);
      }
      expected.set(list, { whole: true, values: step.values });
    }
  }
}

function shown(step: Step): string {
  return JSON.stringify('read' in step ? (step.values ?? null) : step.value);
}

function checkRead(
  reader: Transaction,
  list: string,
  values: readonly Value[],
  origins: Origins,
  report: Report,
): void {
  const seen = new Set<Value>();
  let dirty: Origin | undefined;
  for (const value of values) {
    const where = (): string => `${String(value)} in ${list}`;
    if (seen.has(value)) report('duplicate-append', `${nameOf(reader)} read ${where()} twice`, [reader]);
    seen.add(value);
    const origin = origins.get(list)?.get(value);
    if (!origin) {
      report('unwritten-read', `${nameOf(reader)} read ${where()}, which nobody wrote`, [reader]);
      continue;
    }
    const { transaction } = origin;
    if (transaction.call.outcome === 'fail') {
      dirty = origin;
      report('G1a', `${nameOf(reader)} read ${where()}, of ${nameOf(transaction)} without effect`, [
        transaction,
        reader,
      ]);
    } else if (dirty && transaction !== dirty.transaction) {
      const why = `${nameOf(transaction)} wrote ${where()} upon what ${nameOf(dirty.transaction)} had not written for good`;
      report('dirty-update', why, [dirty.transaction, transaction, reader]);
      dirty = undefined;
    }
  }
  const last = values.at(-1);
  const origin = last === undefined ? undefined : origins.get(list)?.get(last);
  if (origin?.isIntermediate && origin.transaction !== reader) {
    const why = `${nameOf(reader)} read ${list} in the middle of ${nameOf(origin.transaction)}`;
    report('G1b', why, [origin.transaction, reader]);
  }
}

/** The longest read of each list; every other one has to be a beginning of it. */
function ordersOf(readers: readonly Transaction[], origins: Origins, report: Report): Map<string, readonly Value[]> {
  const longest = new Map<string, { readonly reader: Transaction; readonly values: readonly Value[] }>();
  for (const reader of readers) {
    for (const [list, values] of reader.reads) {
      const known = longest.get(list);
      if (!known || values.length > known.values.length) longest.set(list, { reader, values });
    }
  }
  for (const reader of readers) {
    for (const [list, values] of reader.reads) {
      const known = longest.get(list);
      const at = known ? values.findIndex((value, index) => value !== known.values[index]) : -1;
      if (!known || at === -1) continue;
      const why = `${list} has ${String(known.values[at])} at ${String(at)} for one reader, ${String(values[at])} for another`;
      report('incompatible-order', why, [known.reader, reader]);
    }
  }
  checkLost(readers, longest, origins, report);
  return new Map([...longest].map(([list, { values }]) => [list, values]));
}

/** What was added for good before a read began must be in it. */
function checkLost(
  readers: readonly Transaction[],
  longest: ReadonlyMap<string, { readonly values: readonly Value[] }>,
  origins: Origins,
  report: Report,
): void {
  const unread = new Map<string, { readonly value: Value; readonly origin: Origin }[]>();
  for (const [list, values] of origins) {
    const read = new Set(longest.get(list)?.values);
    const missing = [...values]
      .filter(([value, { transaction }]) => transaction.call.outcome === 'ok' && !read.has(value))
      .map(([value, origin]) => ({ value, origin }))
      .toSorted((a, b) => a.origin.transaction.call.answeredUs - b.origin.transaction.call.answeredUs);
    if (missing.length > 0) unread.set(list, missing);
  }
  for (const reader of readers) {
    for (const list of reader.reads.keys()) {
      const [first] = unread.get(list) ?? [];
      if (!first || first.origin.transaction.call.answeredUs >= reader.call.invokedUs) continue;
      const writer = first.origin.transaction;
      const why = `${nameOf(reader)} did not find ${String(first.value)} in ${list}, added by ${nameOf(writer)} before`;
      report('lost-append', why, [writer, reader]);
    }
  }
}
