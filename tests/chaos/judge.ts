import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { CityReport } from './city.ts';
import { runTool } from './platform.ts';
import type { Platform } from './platform.ts';

const auditSchema = z.object({
  violations: z.int(),
  checks: z.array(
    z.object({
      name: z.string(),
      rule: z.int(),
      checked: z.int(),
      violations: z.array(z.object({ subject: z.string(), detail: z.string(), lookAt: z.string() })),
    }),
  ),
});
/** The rule that what was acknowledged is kept. */
const KEPT_RULE = 31;

/** What is wrong after a round. */
export interface Verdict {
  readonly violations: readonly string[];
  /** Of them, changes that were acknowledged and are not there. */
  readonly lost: number;
  /** What the auditor looked at, over all its checks. */
  readonly looked: number;
}

async function audit(platform: Platform, out: string): Promise<Verdict> {
  const journal = path.join(out, 'journal.jsonl');
  const run = await runTool(platform, 'apps/auditor/src/main.ts', ['--full', '--json', '--journal', journal]);
  writeFileSync(path.join(out, 'audit.json'), run.stdout);
  if (run.exitCode !== 0 && run.exitCode !== 1) {
    return { violations: [`the audit failed: ${run.all}`], lost: 0, looked: 0 };
  }
  const { checks } = auditSchema.parse(JSON.parse(run.stdout));
  const violations = checks.flatMap(({ name, rule, violations: found }) =>
    found.map(
      ({ detail, lookAt, subject }) => `rule ${String(rule)} (${name}): ${subject}: ${detail}. Look at ${lookAt}`,
    ),
  );
  const lost = checks.filter(({ rule }) => rule === KEPT_RULE).reduce((sum, check) => sum + check.violations.length, 0);
  return { violations, lost, looked: checks.reduce((sum, { checked }) => sum + checked, 0) };
}

async function deadLetters(platform: Platform): Promise<string[]> {
  const list = await runTool(platform, 'scripts/dlq.ts', ['list']);
  return list.exitCode === 0 && list.stdout === 'no dead letters' ? [] : [`dead letters: ${list.all}`];
}

/** Compares what the city was told with what is stored, and looks for what breaks a rule. */
export async function judge(
  platform: Platform,
  out: string,
  { city, rolling }: { readonly city: CityReport; readonly rolling: boolean },
): Promise<Verdict> {
  const found = await audit(platform, out);
  const late = rolling ? city.patience.examples.map((example) => `kept waiting: ${example}`) : [];
  const violations = [
    ...found.violations,
    ...city.contradictions.map((what) => `contradiction: ${what}`),
    ...late,
    ...(await deadLetters(platform)),
  ];
  return { ...found, violations };
}
