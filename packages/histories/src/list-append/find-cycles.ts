import type { Anomaly, CycleFault, Dependency, Edge, Fault } from './anomaly.ts';
import { componentsOf, graphOf, leastReachable, shortestPath } from './graph.ts';
import type { Allowance, Graph } from './graph.ts';
import type { Transaction } from './transactions.ts';

// A kind of cycle is only looked for among transactions where the stronger promises hold: what is a cycle of writes alone
// is not reported again as one with reads, nor what is a cycle by itself as one of real time.
//
// Real time is no edge of the graph. Of two pairs, each of which did not overlap, the first of one pair also came before
// the second of the other, so that a cycle with several steps of time contains one with a single step. Such a cycle is a
// way from a transaction to one that had ended before it began.

/** Edges looked at for one kind of cycle, to find a short one; some tenths of a second. */
const SEARCHED_EDGES_MAX = 3_000_000;
/** Ways of these lengths are looked for everywhere before longer ones are anywhere. */
const LENGTHS = [1, 2, 4, Infinity];
/** Cycles of one kind that are told; a history so broken needs no more. */
const TOLD_MAX = 10;

type Suffix = '' | '-process' | '-realtime';

const KINDS: readonly (readonly [CycleFault, readonly Dependency[]])[] = [
  ['G0', ['ww']],
  ['G1c', ['ww', 'wr']],
  ['G-single', ['ww', 'wr', 'rw']],
  ['G2', ['ww', 'wr', 'rw']],
];

/** Short cycles of each kind, none of which share a transaction. */
export function findCycles(transactions: readonly Transaction[], edges: readonly Edge[]): Anomaly[] {
  const anomalies: Anomaly[] = [];
  const reported = new Set<number>();
  const tell = (fault: CycleFault, suffix: Suffix, cycle: readonly Edge[], involved: readonly number[]): void => {
    for (const node of involved) reported.add(node);
    anomalies.push(describe(fault, suffix, cycle, transactions));
  };
  for (const suffix of ['', '-process'] as const) {
    for (const [fault, kinds] of KINDS) {
      const within = new Set<Dependency>(suffix === '' ? kinds : [...kinds, 'process']);
      const graph = graphOf(transactions.length, edges, ({ kind }) => within.has(kind));
      for (const component of componentsOf(graph)) {
        if (component.length === 1 || component.some((node) => reported.has(node))) continue;
        const cycle = cycleIn(fault, graph, component);
        if (cycle) tell(fault, suffix, cycle, component);
      }
    }
  }
  for (const [fault, kinds] of KINDS) {
    const within = new Set(kinds);
    const kept = edges.filter(({ from, kind, to }) => within.has(kind) && !reported.has(from) && !reported.has(to));
    for (const cycle of cyclesInTime(fault, transactions, kept)) {
      const involved = cycle.map(({ from }) => from);
      if (!involved.some((node) => reported.has(node))) tell(fault, '-realtime', cycle, involved);
    }
  }
  return anomalies;
}

/** A short cycle of that kind in a component. */
function cycleIn(fault: CycleFault, graph: Graph, component: readonly number[]): Edge[] | undefined {
  const inside = new Set(component);
  const edges = component.flatMap((node) => (graph.out.get(node) ?? []).filter(({ to }) => inside.has(to)));
  const isSingle = fault === 'G-single';
  const rest = graphOf(graph.nodes, edges, ({ kind }) => !isSingle || kind !== 'rw');
  const closing = isSingle ? edges.filter(({ kind }) => kind === 'rw') : edges;
  const allowance = { edges: SEARCHED_EDGES_MAX };
  for (const lengthMax of LENGTHS) {
    for (const edge of closing) {
      const back = shortestPath(rest, edge.to, (node) => node === edge.from, lengthMax, allowance);
      if (back) return [edge, ...back];
      if (allowance.edges < 0) return undefined;
    }
  }
  return undefined;
}

/** Short cycles with one step of time. */
function cyclesInTime(fault: CycleFault, transactions: readonly Transaction[], edges: readonly Edge[]): Edge[][] {
  const count = transactions.length;
  const graph = fault === 'G-single' ? withOneRead(count, edges) : graphOf(count, edges);
  const transactionAt = (node: number) => transactions[node % count];
  const endOf = (node: number): number => transactionAt(node)?.call.answeredUs ?? Infinity;
  const startOf = (node: number): number => transactionAt(node)?.call.invokedUs ?? -Infinity;
  const least = leastReachable(graph, endOf);
  let late = transactions.map(({ index }) => index).filter((node) => (least[node] ?? Infinity) < startOf(node));
  const allowance: Allowance = { edges: SEARCHED_EDGES_MAX };
  const cycles: Edge[][] = [];
  for (const lengthMax of LENGTHS) {
    const left: number[] = [];
    for (const node of late) {
      const way =
        cycles.length < TOLD_MAX && allowance.edges > 0
          ? shortestPath(graph, node, (end) => endOf(end) < startOf(node), lengthMax, allowance)
          : undefined;
      const last = way?.at(-1);
      if (way && last) cycles.push(closed(way, { from: last.to, to: node, kind: 'realtime' }, count));
      else left.push(node);
    }
    // the short ones explain the long ones
    if (cycles.length > 0) break;
    late = left;
  }
  return cycles;
}

/** Two copies of the graph; a read that something overtook leads from the first to the second, so that there is one at most. */
function withOneRead(count: number, edges: readonly Edge[]): Graph {
  const doubled = edges.flatMap((edge): Edge[] => {
    const { from, to } = edge;
    if (edge.kind === 'rw') return [{ ...edge, to: to + count }];
    return [edge, { ...edge, from: from + count, to: to + count }];
  });
  return graphOf(2 * count, doubled);
}

function closed(way: readonly Edge[], back: Edge, count: number): Edge[] {
  return [...way, back].map((edge) => ({ ...edge, from: edge.from % count, to: edge.to % count }));
}

/** Two that read the same version of a list and both wrote to it: one of them wrote over what the other had written. */
function isLostUpdate(cycle: readonly Edge[]): boolean {
  const lists = new Set(cycle.map(({ list }) => list));
  return cycle.length === 2 && lists.size === 1 && cycle.some(({ kind }) => kind === 'ww');
}

function describe(
  fault: CycleFault,
  suffix: Suffix,
  cycle: readonly Edge[],
  transactions: readonly Transaction[],
): Anomaly {
  const name: CycleFault = fault === 'G-single' && isLostUpdate(cycle) ? 'lost-update' : fault;
  const full: Fault = `${name}${suffix}`;
  const indexOf = (node: number): number => transactions[node]?.call.index ?? node;
  const why = cycle.map((edge) => describeEdge(edge, indexOf)).join('; ');
  return { fault: full, why, transactions: cycle.map(({ from }) => indexOf(from)), cycle };
}

function describeEdge({ from, kind, list, to, values }: Edge, indexOf: (node: number) => number): string {
  const [one, other] = [`T${String(indexOf(from))}`, `T${String(indexOf(to))}`];
  const [first, second] = values ?? [];
  switch (kind) {
    case 'ww':
      return `${one} added ${String(first)} to ${String(list)} before ${other} added ${String(second)}`;
    case 'wr':
      return `${other} read ${String(first)} in ${String(list)}, which ${one} had added`;
    case 'rw':
      return `${one} read ${String(list)} ${first === undefined ? 'empty' : `up to ${String(first)}`}, before ${other} added ${String(second)}`;
    case 'process':
      return `${one} came before ${other} in its process`;
    case 'realtime':
      return `${one} had ended before ${other} began`;
  }
}
