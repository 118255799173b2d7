import type { Queryable } from '@rideshare/postgres';

/** One thing that is not as the rules say. */
export interface Violation {
  /** What it is about, such as `trip 0199…`. */
  readonly subject: string;
  readonly detail: string;
  /** The versions that were compared: a second look counts only if they are still the same. */
  readonly versions: string;
}

/** What a check looked at and found. */
export interface Finding {
  readonly checked: number;
  readonly violations: readonly Violation[];
}

/** A rule that is checked from stores and log. */
export interface Check {
  /** kebab-case, unique. */
  readonly name: string;
  /** The correctness rule it belongs to, as numbered in `docs/architecture/README.md`. */
  readonly rule: number;
  readonly title: string;
  /** Where to look when it fails. */
  readonly lookAt: string;
  /**
   * Within one store a violation counts at once. Across stores two of them may disagree for a moment; only what still
   * disagrees, with the same versions, on a second look is a violation.
   */
  readonly scope: 'store' | 'across';
  run(tx: Queryable): Promise<Finding>;
}

/** Runs a statement whose rows are violations, and another that counts what was looked at. */
export async function findByQuery(
  tx: Queryable,
  statements: { readonly count: string; readonly violations: string },
): Promise<Finding> {
  const counted = await tx.query<{ count: number }>(statements.count);
  const { rows } = await tx.query<Violation>(statements.violations);
  return { checked: counted.rows[0]?.count ?? 0, violations: rows };
}

/** Adds findings up. */
export function mergeFindings(findings: readonly Finding[]): Finding {
  return {
    checked: findings.reduce((sum, { checked }) => sum + checked, 0),
    violations: findings.flatMap(({ violations }) => violations),
  };
}
