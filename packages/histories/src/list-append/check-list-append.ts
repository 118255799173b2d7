import { excludes } from './anomaly.ts';
import type { Anomaly, Level } from './anomaly.ts';
import { checkLists } from './check-lists.ts';
import { dependenciesOf } from './dependencies.ts';
import { findCycles } from './find-cycles.ts';
import { transactionsOf } from './transactions.ts';
import type { TransactionCall } from './transactions.ts';

/** What a history of transactions over lists comes to. */
export interface ListAppendVerdict {
  /** Whether it has no anomaly that the level excludes. */
  readonly valid: boolean;
  readonly transactions: number;
  readonly dependencies: number;
  /** All that were found, also those that the level allows. */
  readonly anomalies: readonly Anomaly[];
}

/**
 * Whether transactions that append to lists and read them were isolated from each other as `level` promises.
 *
 * The order of versions is read off the lists, so what depends on what is known rather than guessed (Kingsbury and Alvaro,
 * Elle, 2020); a cycle in it is what Adya defines the anomalies by.
 *
 * @remarks Sound: what it reports is an anomaly of any execution that could have given these answers. A value must be
 * appended to a list once.
 * @throws `HISTORY_INVALID` for an operation that is no transaction.
 */
export function checkListAppend(calls: Iterable<TransactionCall>, level: Level = 'strict'): ListAppendVerdict {
  const transactions = transactionsOf(calls);
  const lists = checkLists(transactions);
  const edges = dependenciesOf(transactions, lists);
  const anomalies = [...lists.anomalies, ...findCycles(transactions, edges)];
  const valid = !anomalies.some(({ fault }) => excludes(level, fault));
  return { valid, transactions: transactions.length, dependencies: edges.length, anomalies };
}
