import type { Scheduler } from '@rideshare/kernel';
import type { Database } from '@rideshare/postgres';
import type { Check, Finding, Violation } from './check.ts';

/** What one check came to. */
export interface CheckReport extends Finding {
  readonly check: Check;
}

/** What an audit needs. */
export interface AuditDeps {
  readonly database: Database;
  readonly scheduler: Scheduler;
  /** How long two stores may disagree before it counts. */
  readonly settleMs: number;
}

/** Each check sees one moment of the whole database, and can change nothing. */
function look(database: Database, check: Check): Promise<Finding> {
  return database.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    return check.run(tx);
  });
}

const identity = ({ detail, subject, versions }: Violation) => `${subject}\n${detail}\n${versions}`;

/** Runs the checks; what two stores disagree about is looked at once more after `settleMs`. */
export async function audit(deps: AuditDeps, checks: readonly Check[]): Promise<readonly CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const check of checks) reports.push({ check, ...(await look(deps.database, check)) });
  const inDoubt = reports.filter(({ check, violations }) => check.scope === 'across' && violations.length > 0);
  if (inDoubt.length === 0) return reports;
  await deps.scheduler.sleep(deps.settleMs);
  const still = new Map<Check, readonly Violation[]>();
  for (const { check } of inDoubt) still.set(check, (await look(deps.database, check)).violations);
  return reports.map((report) => {
    const second = still.get(report.check);
    if (!second) return report;
    const before = new Set(report.violations.map(identity));
    return { ...report, violations: second.filter((violation) => before.has(identity(violation))) };
  });
}

/** How many violations an audit found. */
export function countViolations(reports: readonly CheckReport[]): number {
  return reports.reduce((sum, { violations }) => sum + violations.length, 0);
}
