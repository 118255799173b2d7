import type { Edge } from './anomaly.ts';

/** A directed graph of numbered nodes. */
export interface Graph {
  readonly nodes: number;
  readonly out: ReadonlyMap<number, readonly Edge[]>;
}

/** The graph of the edges that `keep` keeps. */
export function graphOf(nodes: number, edges: readonly Edge[], keep: (edge: Edge) => boolean = () => true): Graph {
  const out = new Map<number, Edge[]>();
  for (const edge of edges) {
    if (!keep(edge)) continue;
    const list = out.get(edge.from);
    if (list) list.push(edge);
    else out.set(edge.from, [edge]);
  }
  return { nodes, out };
}

/**
 * The strongly connected components (Tarjan 1972), with a stack of its own. Each comes after those that it leads to.
 */
export function componentsOf({ nodes, out }: Graph): number[][] {
  const index = new Int32Array(nodes).fill(-1);
  const low = new Int32Array(nodes);
  const onStack = new Uint8Array(nodes);
  const stack: number[] = [];
  const components: number[][] = [];
  let next = 0;
  const enter = (node: number): { node: number; edge: number } => {
    index[node] = low[node] = next;
    next += 1;
    stack.push(node);
    onStack[node] = 1;
    return { node, edge: 0 };
  };
  const lower = (node: number, to: number): void => {
    low[node] = Math.min(low[node] ?? 0, to);
  };
  const leave = (node: number): void => {
    if (low[node] !== index[node]) return;
    const component = stack.splice(stack.lastIndexOf(node));
    for (const member of component) onStack[member] = 0;
    components.push(component);
  };
  for (let root = 0; root < nodes; root += 1) {
    if (index[root] !== -1) continue;
    const visits = [enter(root)];
    for (let visit = visits.at(-1); visit; visit = visits.at(-1)) {
      const edge = out.get(visit.node)?.[visit.edge];
      visit.edge += 1;
      if (!edge) {
        visits.pop();
        leave(visit.node);
        const parent = visits.at(-1);
        if (parent) lower(parent.node, low[visit.node] ?? 0);
      } else if (index[edge.to] === -1) {
        visits.push(enter(edge.to));
      } else if (onStack[edge.to] === 1) {
        lower(visit.node, index[edge.to] ?? 0);
      }
    }
  }
  return components;
}

/** The least value among a node and all that it leads to, for each node. */
export function leastReachable(graph: Graph, valueOf: (node: number) => number): Float64Array {
  const least = new Float64Array(graph.nodes).fill(Infinity);
  for (const component of componentsOf(graph)) {
    let best = Infinity;
    for (const node of component) {
      best = Math.min(best, valueOf(node));
      for (const { to } of graph.out.get(node) ?? []) best = Math.min(best, least[to] ?? Infinity);
    }
    for (const node of component) least[node] = best;
  }
  return least;
}

/** How many edges searches for short ways may still look at, together. */
export interface Allowance {
  edges: number;
}

/** A shortest way of at most `lengthMax` edges, and at least one, from a node to one that `isEnd` accepts. */
export function shortestPath(
  { out }: Graph,
  from: number,
  isEnd: (node: number) => boolean,
  lengthMax: number,
  allowance: Allowance,
): Edge[] | undefined {
  const arrivedBy = new Map<number, Edge>();
  let border = [from];
  for (let length = 1; length <= lengthMax && border.length > 0; length += 1) {
    const beyond: number[] = [];
    for (const node of border) {
      for (const edge of out.get(node) ?? []) {
        allowance.edges -= 1;
        if (arrivedBy.has(edge.to)) continue;
        arrivedBy.set(edge.to, edge);
        if (isEnd(edge.to)) return wayTo(edge, from, arrivedBy);
        beyond.push(edge.to);
      }
      if (allowance.edges < 0) return undefined;
    }
    border = beyond;
  }
  return undefined;
}

function wayTo(last: Edge, from: number, arrivedBy: ReadonlyMap<number, Edge>): Edge[] {
  const path = [last];
  for (let edge = last; edge.from !== from;) {
    const before = arrivedBy.get(edge.from);
    if (!before) break;
    path.unshift(before);
    edge = before;
  }
  return path;
}
