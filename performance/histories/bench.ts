// How fast histories are judged: linearizability of slots by key, and cycles of list appends. See README.md beside this file.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { checkLinearizability, checkListAppend, generateCalls, makeDriverSlotModel } from '@rideshare/histories';
import type { Fleet, SlotCall, Step, TransactionCall, Value, Wish } from '@rideshare/histories';

const ROUNDS = 3;

interface Instance {
  readonly name: string;
  readonly operations: number;
  readonly keys: number;
  /** Judges it; what it says to somebody who doubts that it did. */
  readonly judge: () => { readonly valid: boolean; readonly searched: number };
  /** The same with one answer changed, which has to be found. */
  readonly judgeBroken: () => boolean;
}

interface Generator {
  next(): number;
  integer(below: number): number;
}

/** Mulberry32: small and seeded. */
function randomFrom(seed: number): Generator {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, integer: (below) => Math.floor(next() * below) };
}

/** Dispatchers and a driver who want everything of one slot, and get what the model gives them. */
function wishFor(random: Generator): (fleet: Fleet) => Wish<SlotCall> {
  let offers = 0;
  return ({ slots }) => {
    const driverId = 'd';
    const { epoch, offerId, state, tripId } = slots.get(driverId) ?? {
      ...{ state: 'available', tripId: null, offerId: null, epoch: 1 },
    };
    const mine = { driverId, tripId: tripId ?? 't', offerId: offerId ?? 'o' };
    const done = [{ done: true }, { done: false }];
    switch (random.integer(5)) {
      case 0:
      case 1:
        offers += 1;
        return {
          operation: 'reserve',
          input: { driverId, tripId: `t${String(offers)}`, offerId: `o${String(offers)}`, ttlMs: 60_000 },
          answers: [
            { outcome: 'reserved', epoch: epoch + 1 },
            { outcome: 'refused', reason: 'not_available' },
          ],
        };
      case 2:
        return { operation: 'confirm', input: mine, answers: [{ epoch: epoch + 1 }, { epoch }, { epoch: null }] };
      case 3:
        return { operation: 'release', input: { ...mine, epoch }, answers: done };
      default:
        return {
          operation: 'read',
          input: { driverId },
          answers: [{ state: state as 'available', tripId, offerId, epoch }],
        };
    }
  };
}

interface Clients {
  readonly processes: number;
  readonly unknownShare?: number;
  readonly reachUs?: number;
}

function slots(name: string, keys: number, callsPerKey: number, clients: Clients): Instance {
  const model = makeDriverSlotModel();
  const calls: SlotCall[] = [];
  for (let key = 0; key < keys; key += 1) {
    const random = randomFrom(key);
    const shape = { key: `driver-${String(key)}`, calls: callsPerKey, ...clients };
    // one by one: a million arguments are too many for a call
    for (const call of generateCalls({ model, random, wish: wishFor(random), ...shape })) calls.push(call);
  }
  const judge = (judged: readonly SlotCall[]) => {
    const { configurations, outcome } = checkLinearizability(judged, model);
    return { valid: outcome === 'valid', searched: configurations };
  };
  const at = calls.findLastIndex(({ operation, outcome }) => operation === 'read' && outcome === 'ok');
  const broken = calls.map((call, index) =>
    index === at && call.operation === 'read' && call.answer
      ? { ...call, answer: { ...call.answer, epoch: call.answer.epoch + 1_000_000 } }
      : call,
  );
  return { name, operations: calls.length, keys, judge: () => judge(calls), judgeBroken: () => judge(broken).valid };
}

/** Transactions over lists as a database gives them that carries out one after another while its clients wait. */
function lists(name: string, transactions: number, listCount: number): Instance {
  const random = randomFrom(1);
  const state = new Map<string, Value[]>();
  const calls = Array.from({ length: transactions }, (_, index): TransactionCall => {
    const done = Array.from({ length: 1 + random.integer(4) }, (_step, at): Step => {
      const list = `l${String(random.integer(listCount))}`;
      const values = state.get(list) ?? [];
      if (random.next() < 0.5) return { read: list, values };
      const value = index * 4 + at;
      state.set(list, [...values, value]);
      return { append: list, value };
    });
    const atUs = (index + 1) * 100;
    const times = { invokedUs: atUs - random.integer(400), answeredUs: atUs + 1 + random.integer(400) };
    const call = { index, process: `p${String(index)}`, key: '*', operation: 'transaction' as const };
    return { ...call, input: done, outcome: 'ok', answer: done, ...times };
  });
  const judge = (judged: readonly TransactionCall[]) => {
    const { dependencies, valid } = checkListAppend(judged);
    return { valid, searched: dependencies };
  };
  const at = calls.findLastIndex(({ answer }) =>
    answer?.some((step) => 'read' in step && (step.values ?? []).length > 1),
  );
  const broken = calls.map((call, index) => {
    if (index !== at) return call;
    const answer = (call.answer ?? []).map((step) => ('read' in step ? { ...step, values: [] } : step));
    return { ...call, answer };
  });
  return {
    name,
    operations: transactions,
    keys: listCount,
    judge: () => judge(calls),
    judgeBroken: () => judge(broken).valid,
  };
}

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? NaN, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

function measure(instance: Instance) {
  const { judge, judgeBroken, keys, name, operations } = instance;
  if (judgeBroken()) throw new Error(`${name}: a changed answer was not found`);
  const cpuS: number[] = [];
  const wallS: number[] = [];
  let searched = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    const before = process.cpuUsage();
    const verdict = judge();
    const { system, user } = process.cpuUsage(before);
    if (!verdict.valid) throw new Error(`${name}: a history that is all right was refused`);
    searched = verdict.searched;
    cpuS.push((user + system) / 1e6);
    wallS.push((performance.now() - start) / 1e3);
  }
  const [cpu, wall] = [spreadOf(cpuS), spreadOf(wallS)];
  return { name, operations, keys, searched, cpuS: cpu, wallS: wall, perSecond: operations / wall.median };
}

const INSTANCES = [
  () => slots('slots, 10,000 keys, 4 clients each', 10_000, 100, { processes: 4 }),
  () => slots('slots, 10,000 keys, 16 clients each', 10_000, 100, { processes: 16, reachUs: 1_500 }),
  () => slots('slots, 10,000 keys, 4 clients each, 2 % unknown', 10_000, 100, { processes: 4, unknownShare: 0.02 }),
  () => slots('slots, one key, 4 clients', 1, 100_000, { processes: 4 }),
  () => lists('list appends, 10,000 lists', 100_000, 10_000),
];

const shown = ({ max, median, min }: Spread): string => `${median.toFixed(1)} (${min.toFixed(1)}–${max.toFixed(1)})`;
console.log('| history | operations | searched | CPU s | s | operations/s |\n| --- | --- | --- | --- | --- | --- |');
// one after another, so that only one history is in memory
const figures = INSTANCES.map((make) => {
  const figure = measure(make());
  const { cpuS, name, operations, perSecond, searched, wallS } = figure;
  const cells = [name, String(operations), String(searched), shown(cpuS), shown(wallS), perSecond.toFixed(0)];
  console.log(`| ${cells.join(' | ')} |`);
  return figure;
});
const machine = {
  node: process.version,
  cpu: cpus()[0]?.model.trim(),
  cores: availableParallelism(),
  loadAverage: loadavg()[0],
};
console.log(JSON.stringify({ benchmark: 'histories', machine, rounds: ROUNDS, figures }));
