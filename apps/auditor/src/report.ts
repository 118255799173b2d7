import { countViolations } from './audit.ts';
import type { CheckReport } from './audit.ts';
import { idsOf, whereToLook } from './check.ts';

/** Violations printed per check; the count tells of the rest. */
const SHOWN_MAX = 50;

/** The audit as text for people. */
export function renderText(reports: readonly CheckReport[]): string {
  const width = Math.max(...reports.map(({ check }) => check.name.length));
  const lines = ['rule  ' + 'check'.padEnd(width) + '     checked  violations'];
  for (const { check, checked, violations } of reports) {
    lines.push(
      `${String(check.rule).padStart(4)}  ${check.name.padEnd(width)}  ${String(checked).padStart(10)}  ${String(violations.length).padStart(10)}`,
    );
  }
  for (const { check, violations } of reports.filter((report) => report.violations.length > 0)) {
    lines.push('', `Rule ${String(check.rule)}: ${check.title}. Look at ${check.lookAt}.`);
    for (const { detail, subject } of violations.slice(0, SHOWN_MAX)) lines.push(`  ${subject}: ${detail}`);
    if (violations.length > SHOWN_MAX) lines.push(`  and ${String(violations.length - SHOWN_MAX)} more`);
    const trip = violations.find(({ subject }) => subject.startsWith('trip '));
    if (trip) lines.push(`  the whole story: ${whereToLook(check, trip).split('; ').at(-1) ?? ''}`);
  }
  const total = countViolations(reports);
  lines.push('', `${String(total)} violation${total === 1 ? '' : 's'}`, '');
  return lines.join('\n');
}

/** The audit for machines. */
export function renderJson(reports: readonly CheckReport[]): string {
  const checks = reports.map(({ check, checked, violations }) => ({
    name: check.name,
    rule: check.rule,
    title: check.title,
    checked,
    violations: violations.map((violation) => ({
      subject: violation.subject,
      detail: violation.detail,
      ids: idsOf(violation),
      lookAt: whereToLook(check, violation),
    })),
  }));
  return `${JSON.stringify({ violations: countViolations(reports), checks }, null, 2)}\n`;
}
