import type { Value } from './transactions.ts';

/** What one transaction has to do with another. `wr` is read by: the other one read what this one wrote. */
export type Dependency = 'ww' | 'wr' | 'rw' | 'process' | 'realtime';

/** Why a transaction comes before another. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: Dependency;
  /** The list it is about, and the values: for `rw` what was read last and what came after it. */
  readonly list?: string;
  readonly values?: readonly (Value | undefined)[];
}

/** Faults that a single list shows. */
export type ListFault =
  | 'duplicate-append'
  | 'unwritten-read'
  | 'internal'
  | 'G1a'
  | 'G1b'
  | 'dirty-update'
  | 'incompatible-order'
  | 'lost-append';

/** Cycles by the dependencies they consist of; see Adya, Liskov and O'Neil 2000. */
export type CycleFault = 'G0' | 'G1c' | 'G-single' | 'lost-update' | 'G2';

/** A cycle fault, perhaps one that only the order of a process or of time makes a cycle. */
export type Fault = ListFault | CycleFault | `${CycleFault}-process` | `${CycleFault}-realtime`;

/** What is wrong with a history, with the transactions that show it. */
export interface Anomaly {
  readonly fault: Fault;
  /** In words. */
  readonly why: string;
  /** Indexes of calls. */
  readonly transactions: readonly number[];
  /** A shortest cycle, where it is one. */
  readonly cycle?: readonly Edge[];
}

/** What a system may promise. Each level excludes what the ones before it exclude. */
export type Level = 'read-uncommitted' | 'read-committed' | 'serializable' | 'session' | 'strict';

const CYCLES: Readonly<Record<CycleFault, Level>> = {
  G0: 'read-uncommitted',
  G1c: 'read-committed',
  'G-single': 'serializable',
  'lost-update': 'serializable',
  G2: 'serializable',
};
const LISTS: Readonly<Record<ListFault, Level>> = {
  'duplicate-append': 'read-uncommitted',
  'unwritten-read': 'read-uncommitted',
  'incompatible-order': 'read-uncommitted',
  internal: 'read-committed',
  G1a: 'read-committed',
  G1b: 'read-committed',
  'dirty-update': 'read-committed',
  'lost-append': 'strict',
};
const LEVELS: readonly Level[] = ['read-uncommitted', 'read-committed', 'serializable', 'session', 'strict'];

/** The weakest level that excludes the fault. */
export function excludedBy(fault: Fault): Level {
  if (fault.endsWith('-realtime')) return 'strict';
  if (fault.endsWith('-process')) return 'session';
  return fault in CYCLES ? CYCLES[fault as CycleFault] : LISTS[fault as ListFault];
}

/** Whether `level` promises that the fault does not happen. */
export function excludes(level: Level, fault: Fault): boolean {
  return LEVELS.indexOf(excludedBy(fault)) <= LEVELS.indexOf(level);
}
