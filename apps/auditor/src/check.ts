import type { Look } from './look.ts';

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

/** A rule that is checked from stores, event log and the journals of clients. */
export interface Check {
  /** kebab-case, unique. */
  readonly name: string;
  /** The invariant it belongs to, as numbered in `docs/architecture/invariants.md`. */
  readonly rule: number;
  readonly title: string;
  /** Where to look when it fails. */
  readonly lookAt: string;
  /**
   * Within one store a violation counts at once. Across stores two of them may disagree for a moment; only what still
   * disagrees, with the same versions, on a second look is a violation.
   */
  readonly scope: 'store' | 'across';
  /** Checks of one side are run one after another, and beside those of the other one: at the same moment of the database. */
  readonly side?: 'rows';
  run(look: Look): Promise<Finding>;
}

/** Two statements over the same look: what was looked at, and what of it is wrong. */
export interface Statements {
  readonly count: string;
  readonly violations: string;
}

/** Runs a statement whose rows are violations, and another that counts what was looked at. */
export async function findByQuery({ tx }: Pick<Look, 'tx'>, statements: Statements): Promise<Finding> {
  const counted = await tx.query<{ count: number }>(statements.count);
  const { rows } = await tx.query<Violation>(statements.violations);
  return { checked: counted.rows[0]?.count ?? 0, violations: rows };
}

/** Runs several pairs of statements, one after another. */
export async function findByQueries(look: Pick<Look, 'tx'>, pairs: readonly Statements[]): Promise<Finding> {
  const findings: Finding[] = [];
  for (const pair of pairs) findings.push(await findByQuery(look, pair));
  return mergeFindings(findings);
}

/** Adds findings up. */
export function mergeFindings(findings: readonly Finding[]): Finding {
  return {
    checked: findings.reduce((sum, { checked }) => sum + checked, 0),
    violations: findings.flatMap(({ violations }) => violations),
  };
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const TRIP = /^trip ([0-9a-f-]{36})$/;

/** The ids that a violation names; a subject without one stands for itself. */
export function idsOf({ detail, subject }: Violation): string[] {
  const found = `${subject} ${detail}`.match(UUID) ?? [];
  return found.length > 0 ? [...new Set(found)] : [subject];
}

/** Where to look: what the check says, and the whole story of the trip where the violation is one of a trip. */
export function whereToLook(check: Check, { subject }: Violation): string {
  const trip = TRIP.exec(subject)?.[1];
  return trip === undefined ? check.lookAt : `${check.lookAt}; yarn trip ${trip}`;
}
