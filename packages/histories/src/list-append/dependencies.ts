import type { Edge } from './anomaly.ts';
import type { Lists } from './check-lists.ts';
import type { Transaction, Value } from './transactions.ts';

/** What puts one committed transaction before another, but for time. */
export function dependenciesOf(transactions: readonly Transaction[], lists: Lists): Edge[] {
  const committed = transactions.filter((transaction) => transaction.committed);
  return [...writesOf(lists), ...readsOf(committed, lists), ...processOf(committed)];
}

interface Written {
  readonly value: Value;
  readonly by: Transaction;
}

/** Who wrote each value of a list, in order; what nobody wrote, or nobody for good, is passed over. */
function writersOf(list: string, { orders, origins }: Lists): Written[] {
  return (orders.get(list) ?? []).flatMap((value) => {
    const by = origins.get(list)?.get(value)?.transaction;
    return by?.committed ? [{ value, by }] : [];
  });
}

function writesOf(lists: Lists): Edge[] {
  const edges: Edge[] = [];
  for (const list of lists.orders.keys()) {
    let before: Written | undefined;
    for (const written of writersOf(list, lists)) {
      if (before && before.by !== written.by) {
        const values = [before.value, written.value];
        edges.push({ from: before.by.index, to: written.by.index, kind: 'ww', list, values });
      }
      before = written;
    }
  }
  return edges;
}

function readsOf(committed: readonly Transaction[], lists: Lists): Edge[] {
  const places = new Map([...lists.orders.keys()].map((list) => [list, placesIn(list, lists)]));
  const unread = unreadOf(lists);
  const edges: Edge[] = [];
  for (const reader of committed) {
    for (const [list, values] of reader.reads) {
      const last = values.at(-1);
      const writer = last === undefined ? undefined : lists.origins.get(list)?.get(last)?.transaction;
      const add = (kind: 'wr' | 'rw', other: Transaction, value: Value | undefined): void => {
        if (other === reader) return;
        const [from, to] = kind === 'wr' ? [other, reader] : [reader, other];
        edges.push({ from: from.index, to: to.index, kind, list, values: kind === 'wr' ? [value] : [last, value] });
      };
      if (writer?.committed) add('wr', writer, last);
      const next = places.get(list)?.after(values.length);
      if (next) add('rw', next.by, next.value);
      // what nobody has read came after everything that somebody has
      else for (const { by, value } of unread.get(list) ?? []) add('rw', by, value);
    }
  }
  return edges;
}

function placesIn(list: string, lists: Lists): { after(length: number): Written | undefined } {
  const order = lists.orders.get(list) ?? [];
  const next: (Written | undefined)[] = new Array<undefined>(order.length + 1).fill(undefined);
  for (let index = order.length - 1; index >= 0; index -= 1) {
    const value = order[index];
    const by = value === undefined ? undefined : lists.origins.get(list)?.get(value)?.transaction;
    next[index] = value !== undefined && by?.committed ? { value, by } : next[index + 1];
  }
  return { after: (length) => next[length] };
}

function unreadOf({ orders, origins }: Lists): Map<string, Written[]> {
  return new Map(
    [...origins].map(([list, values]) => {
      const read = new Set(orders.get(list));
      const unread = [...values].flatMap(([value, { transaction: by }]) =>
        by.committed && !read.has(value) ? [{ value, by }] : [],
      );
      return [list, unread];
    }),
  );
}

function processOf(committed: readonly Transaction[]): Edge[] {
  const latest = new Map<string, Transaction>();
  const edges: Edge[] = [];
  for (const transaction of committed) {
    const before = latest.get(transaction.call.process);
    if (before) edges.push({ from: before.index, to: transaction.index, kind: 'process' });
    latest.set(transaction.call.process, transaction);
  }
  return edges;
}
