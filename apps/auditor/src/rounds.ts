/**
 * An audit that is repeated. The first round looks at everything, the next ones at what has changed since, and now and then
 * one looks at everything again: a change that left no trace in time, log or ids is found by that one only.
 */
import type { Clock } from '@rideshare/kernel';
import { audit } from './audit.ts';
import type { AuditDeps, CheckReport, Since } from './audit.ts';
import type { Check } from './check.ts';
import { remembering } from './memory.ts';

/** What rounds need beside what an audit needs. */
export interface RoundsDeps extends AuditDeps {
  readonly clock: Clock;
  /** How often everything is looked at; 0: in every round. */
  readonly fullIntervalMs: number;
}

/** What a round found. */
export interface Round {
  readonly isFull: boolean;
  readonly reports: readonly CheckReport[];
}

/** Audits that go on where the last one ended. */
export interface Rounds {
  /** A round that fails is as if it had not been. */
  next(): Promise<Round>;
}

/** Begins with nothing known. */
export function createRounds(deps: RoundsDeps, checks: readonly Check[]): Rounds {
  let since: Since | undefined;
  let fullAt = Number.NEGATIVE_INFINITY;
  let standing: ReadonlySet<string> = new Set();

  const note = (reports: readonly CheckReport[]): void => {
    standing = new Set(reports.filter(({ violations }) => violations.length > 0).map(({ check }) => check.name));
  };

  async function full(now: number): Promise<Round> {
    const { memory, reports, watermark } = await audit(deps, checks);
    since = { memory, watermark };
    fullAt = now;
    note(reports);
    return { isFull: true, reports };
  }

  async function changed(from: Since): Promise<Round> {
    // a check that has found something looks at everything until it is gone: its rows may never change again
    const whole = checks.filter(({ name }) => standing.has(name));
    const { memory, reports, watermark } = await audit(
      deps,
      checks.filter((check) => !whole.includes(check)),
      from,
    );
    const again = whole.length > 0 ? (await audit(deps, whole)).reports : [];
    since = { watermark, memory: remembering(from.memory, memory) };
    const found = [...reports, ...again];
    note(found);
    return { isFull: false, reports: checks.flatMap((check) => found.filter((report) => report.check === check)) };
  }

  return {
    next: () => {
      const now = deps.clock.now().getTime();
      return !since || now - fullAt >= deps.fullIntervalMs ? full(now) : changed(since);
    },
  };
}
