import type { Fault } from '../../src/list-append/anomaly.ts';
import type { Step, TransactionCall, Value } from '../../src/list-append/transactions.ts';

/** A transaction in a table: who, from when to when (milliseconds; `null`: unknown outcome), and its steps. */
export interface Line {
  readonly by: string;
  readonly at: readonly [from: number, to: number | null];
  /** `a x 1` appends, `r x 1 2` reads. */
  readonly steps: readonly string[];
  readonly fails?: true;
}

export function step(text: string): Step {
  const [what, list = '', ...values] = text.split(' ');
  const numbers: Value[] = values.map(Number);
  return what === 'a' ? { append: list, value: numbers[0]! } : { read: list, values: numbers };
}

const asked = (done: Step): Step => ('read' in done ? { read: done.read } : done);

export function transactionsFrom(lines: readonly Line[], offsetMs = 0, prefix = ''): TransactionCall[] {
  return lines.map(({ at: [from, to], by, fails, steps }, index) => {
    const done = steps.map(step).map((one): Step => {
      if ('append' in one) return { ...one, append: prefix + one.append };
      return { ...one, read: prefix + one.read };
    });
    const outcome = to === null ? 'info' : fails ? 'fail' : 'ok';
    return {
      ...{ index, process: prefix + by, key: '*', operation: 'transaction', input: done.map(asked), outcome },
      answer: outcome === 'ok' ? done : undefined,
      invokedUs: (offsetMs + from) * 1_000,
      answeredUs: to === null ? Infinity : (offsetMs + to) * 1_000,
    };
  });
}

const line = (by: string, from: number, to: number | null, ...steps: string[]): Line => ({ by, at: [from, to], steps });

/** One history for each fault. */
export const plantedCycles: readonly (readonly [Fault, readonly Line[]])[] = [
  ['duplicate-append', [line('a', 0, 1, 'a x 1'), line('b', 2, 3, 'a x 1'), line('c', 4, 5, 'r x 1')]],
  ['unwritten-read', [line('a', 0, 1, 'a x 1'), line('b', 2, 3, 'r x 1 7')]],
  ['internal', [line('a', 0, 1, 'a x 1'), line('b', 2, 3, 'a x 2', 'r x 1')]],
  ['internal', [line('a', 0, 4, 'a x 1'), line('b', 1, 3, 'r x', 'r x 1')]],
  ['G1a', [{ ...line('a', 0, 1, 'a x 1'), fails: true }, line('b', 2, 3, 'r x 1')]],
  ['G1b', [line('a', 0, 4, 'a x 1', 'a x 2'), line('b', 1, 3, 'r x 1')]],
  [
    'dirty-update',
    [{ ...line('a', 0, 1, 'a x 1'), fails: true }, line('b', 2, 3, 'a x 2'), line('c', 4, 5, 'r x 1 2')],
  ],
  [
    'incompatible-order',
    [line('a', 0, 5, 'a x 1'), line('b', 0, 5, 'a x 2'), line('c', 1, 6, 'r x 1 2'), line('d', 1, 6, 'r x 2 1')],
  ],
  ['lost-append', [line('a', 0, 1, 'a x 1'), line('b', 2, 3, 'a x 2'), line('c', 4, 5, 'r x 2')]],
  ['G0', [line('a', 0, 5, 'a x 1', 'a y 1'), line('b', 0, 5, 'a x 2', 'a y 2'), line('c', 6, 7, 'r x 1 2', 'r y 2 1')]],
  ['G1c', [line('a', 0, 5, 'a x 1', 'r y 2'), line('b', 0, 5, 'a y 2', 'r x 1')]],
  ['G-single', [line('a', 0, 5, 'r x', 'r y 2'), line('b', 0, 5, 'a x 2', 'a y 2')]],
  ['lost-update', [line('a', 0, 5, 'r x', 'a x 1'), line('b', 0, 5, 'r x', 'a x 2'), line('c', 6, 7, 'r x 1 2')]],
  ['G2', [line('a', 0, 5, 'r y', 'a x 1'), line('b', 0, 5, 'r x', 'a y 2')]],
  ['G0-realtime', [line('a', 0, 1, 'a x 1'), line('b', 2, 3, 'a x 2'), line('c', 4, 5, 'r x 2 1')]],
  ['G1c-process', [line('a', 0, 1, 'r x 1'), line('a', 2, 5, 'a x 1')]],
  ['G1c-realtime', [line('a', 0, 1, 'r x 1'), line('b', 2, 5, 'a x 1')]],
  ['G-single-process', [line('a', 0, 1, 'a x 1'), line('a', 2, 3, 'r x'), line('b', 4, 5, 'r x 1')]],
  ['G-single-realtime', [line('a', 0, 1, 'a x 1'), line('b', 2, 3, 'r x'), line('c', 4, 5, 'r x 1')]],
  [
    'G2',
    [
      line('a', 0, 5, 'a x 1'),
      line('b', 0, 5, 'a y 1'),
      line('c', 0, 5, 'r x 1', 'r y'),
      line('d', 0, 5, 'r x', 'r y 1'),
    ],
  ],
  [
    'G2-realtime',
    [line('a', 0, 1, 'a y 2'), line('b', 0, 5, 'r x 1', 'r y'), line('c', 0, 5, 'a x 1'), line('d', 2, 3, 'r x')],
  ],
];
