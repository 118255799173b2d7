import { toError } from '@rideshare/kernel';
import type { Scheduler } from '@rideshare/kernel';
import type { Database, PgTransaction } from '@rideshare/postgres';
import { readChanges, readWatermark } from './changes.ts';
import type { Changes, Watermark } from './changes.ts';
import type { Check, Finding, Violation } from './check.ts';
import { publishedHeads } from './heads.ts';
import type { JournalEntry } from './journal.ts';
import { beginLook } from './look.ts';
import type { Look, LookOptions } from './look.ts';
import { NOTHING_KNOWN } from './memory.ts';
import type { Memory } from './memory.ts';
import { foldSlots } from './slot-fold.ts';

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
  /** What clients were told. */
  readonly journal?: readonly JournalEntry[] | undefined;
}

/** Where an audit goes on from: what has changed since is all that it looks at. */
export interface Since {
  readonly watermark: Watermark;
  readonly memory: Memory;
}

/** What an audit found, and where the next one can go on. */
export interface Audited extends Since {
  readonly reports: readonly CheckReport[];
}

/** Works on one moment of the whole database, and can change nothing. */
function atOneMoment<T>(database: Database, work: (tx: PgTransaction) => Promise<T>, snapshot?: string): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    // one side waits for the other one with its transaction open
    await tx.query(`set local idle_in_transaction_session_timeout = '10min'`);
    // an audit of everything sorts and gathers a lot
    await tx.query(`set local work_mem = '64MB'`);
    if (snapshot !== undefined) await tx.query(`set transaction snapshot '${snapshot}'`);
    return work(tx);
  });
}

/** Lets another transaction see the moment that this one sees; undefined where the database cannot. */
async function exportMoment(tx: PgTransaction): Promise<string | undefined> {
  const { rows } = await tx.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
  return rows[0]?.snapshot;
}

async function run(look: Look, checks: readonly Check[]): Promise<readonly CheckReport[]> {
  const reports: CheckReport[] = [];
  for (const check of checks) reports.push({ check, ...(await check.run(look)) });
  return reports;
}

/** Runs the checks of both sides at one moment, on two connections: one side keeps this process busy, one the database. */
async function runBoth(
  database: Database,
  tx: PgTransaction,
  options: LookOptions,
  checks: readonly Check[],
): Promise<{ readonly look: Look; readonly reports: readonly CheckReport[] }> {
  const rows = checks.filter(({ side }) => side === 'rows');
  const others = checks.filter((check) => !rows.includes(check));
  const look = await beginLook(tx, options);
  const beside =
    rows.length === 0
      ? Promise.resolve([])
      : atOneMoment(database, async (other) => run(await beginLook(other, options), rows), await exportMoment(tx));
  const found = await Promise.allSettled([run(look, others), beside]);
  const reports = found.flatMap((side) => {
    if (side.status === 'rejected') throw toError(side.reason);
    return side.value;
  });
  return { look, reports: checks.flatMap((check) => reports.filter((report) => report.check === check)) };
}

interface FirstLook {
  readonly reports: readonly CheckReport[];
  readonly changes: Changes | undefined;
  readonly watermark: Watermark;
  readonly news: Memory;
}

async function lookOnce({ database, journal }: AuditDeps, checks: readonly Check[], since?: Since): Promise<FirstLook> {
  return atOneMoment(database, async (tx) => {
    const watermark = await readWatermark(tx);
    const changes = since && (await readChanges(tx, since.watermark));
    const options = { changes, journal, memory: since?.memory };
    const { look, reports } = await runBoth(database, tx, options, checks);
    const heads = [...(await publishedHeads(look))].map(([stream, { latest }]) => [stream, latest] as const);
    const { states } = await foldSlots(look);
    return { reports, changes, watermark, news: { heads: new Map(heads), slots: states } };
  });
}

const identity = ({ detail, subject, versions }: Violation) => `${subject}\n${detail}\n${versions}`;

/**
 * Runs the checks on everything, or on what has changed since an earlier audit; what two stores disagree about is looked at
 * once more after `settleMs`.
 */
export async function audit(deps: AuditDeps, checks: readonly Check[], since?: Since): Promise<Audited> {
  const { changes, news, reports, watermark } = await lookOnce(deps, checks, since);
  const inDoubt = reports.filter(({ check, violations }) => check.scope === 'across' && violations.length > 0);
  if (inDoubt.length === 0) return { reports, watermark, memory: news };
  await deps.scheduler.sleep(deps.settleMs);
  const doubtful = inDoubt.map(({ check }) => check);
  const memory = since?.memory ?? NOTHING_KNOWN;
  const second = await atOneMoment(deps.database, async (tx) =>
    run(await beginLook(tx, { changes, journal: deps.journal, memory }), doubtful),
  );
  const still = new Map(second.map(({ check, violations }) => [check, violations]));
  return {
    watermark,
    memory: news,
    reports: reports.map((report) => {
      const again = still.get(report.check);
      if (!again) return report;
      const before = new Set(report.violations.map(identity));
      return { ...report, violations: again.filter((violation) => before.has(identity(violation))) };
    }),
  };
}

/** How many violations an audit found. */
export function countViolations(reports: readonly CheckReport[]): number {
  return reports.reduce((sum, { violations }) => sum + violations.length, 0);
}
