import type { PlantedBug } from '../plot.ts';

const OBSERVABILITY = 'packages/observability/src';
const redactTests = [{ tests: `${OBSERVABILITY}/redact.unit.test.ts` }];

export const leakBugs: readonly PlantedBug[] = [
  {
    name: 'card numbers are logged',
    invariants: [35],
    file: `${OBSERVABILITY}/redact-text.ts`,
    find: `passesLuhn(match.replaceAll(/\\D/g, '')) ? REDACTED : match`,
    replace: `passesLuhn(match) ? REDACTED : match`,
    catchers: redactTests,
  },
  {
    name: 'refresh tokens are logged',
    invariants: [35],
    file: `${OBSERVABILITY}/redact-text.ts`,
    find: `  if (/rrt_/i.test(clean)) clean = clean.replace(REFRESH_TOKEN, REDACTED);
`,
    replace: ``,
    catchers: redactTests,
  },
  {
    name: 'access tokens are logged',
    invariants: [35],
    file: `${OBSERVABILITY}/redact-text.ts`,
    find: `  if (/eyj/i.test(clean)) clean = clean.replace(TOKEN, REDACTED);
`,
    replace: ``,
    catchers: redactTests,
  },
  {
    name: 'passwords in addresses of databases are logged',
    invariants: [35],
    file: `${OBSERVABILITY}/redact-text.ts`,
    find: `clean.replace(URL_PASSWORD, \`$1:\${REDACTED}@\`).replace(EMAIL, REDACTED)`,
    replace: `clean.replace(EMAIL, REDACTED)`,
    catchers: redactTests,
  },
  {
    name: 'what is secret by its name is logged',
    invariants: [35],
    file: `${OBSERVABILITY}/redact.ts`,
    find: `isSensitive(name) ? REDACTED : inner`,
    replace: `name === '' ? REDACTED : inner`,
    catchers: redactTests,
  },
  {
    name: 'what people wrote into addresses is in spans',
    invariants: [35],
    file: `${OBSERVABILITY}/scrub-exporter.ts`,
    find: `      for (const span of spans) scrub(span);
`,
    replace: ``,
    catchers: [{ tests: `${OBSERVABILITY}/tracing.unit.test.ts` }],
  },
];
