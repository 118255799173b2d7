import type { PlantedBug } from '../plot.ts';

const STORE = 'packages/postgres/src/idempotency-store.ts';
const storeTests = [{ tests: 'packages/postgres/test/idempotency-store.contract.test.ts' }];
const httpTests = [{ tests: 'packages/http/src/idempotency.unit.test.ts' }];

export const idempotencyBugs: readonly PlantedBug[] = [
  {
    name: 'a key is used for another payload (PostgreSQL)',
    invariants: [30],
    file: STORE,
    find: `    if (found.payload_hash !== payloadHash) return { outcome: 'mismatch' };
`,
    replace: ``,
    catchers: storeTests,
  },
  {
    name: 'a key whose holder died is taken over with another payload',
    invariants: [30],
    file: STORE,
    find: ` and held.payload_hash = excluded.payload_hash`,
    replace: ``,
    catchers: storeTests,
  },
  {
    name: 'a key is used for another payload (memory)',
    invariants: [30],
    file: 'packages/memory/src/idempotency-store.ts',
    find: `        if (held && held.hash !== hash) return { outcome: 'mismatch' };
`,
    replace: ``,
    catchers: [{ tests: 'packages/memory/test/idempotency-store.contract.test.ts' }],
  },
  {
    name: 'a request is carried out beside the first one with its key',
    invariants: [29],
    file: STORE,
    find: `
      and held.lease_until <= clock_timestamp()`,
    replace: ``,
    catchers: storeTests,
  },
  {
    name: 'who lost a key answers for it',
    invariants: [29],
    file: STORE,
    find: `and token = $4 and status = 'running'\`,
        [principal, route, key, token, JSON`,
    replace: `and $4::uuid is not null and status = 'running'\`,
        [principal, route, key, token, JSON`,
    catchers: storeTests,
  },
  {
    name: 'an effect is kept though another process has the key',
    invariants: [29],
    file: 'packages/http/src/idempotency.ts',
    find: `if (!(await deps.store.finish(scope, claim.token, response, transaction))) throw takenOver();`,
    replace: `await deps.store.finish(scope, claim.token, response, transaction);`,
    catchers: httpTests,
  },
  {
    name: 'the answer to a repeat is another one',
    invariants: [29],
    file: 'packages/http/src/idempotency.ts',
    find: `return sealed ?? (await finish`,
    replace: `return (await finish`,
    catchers: httpTests,
  },
  {
    name: 'a refusal that may pass is kept for ever',
    invariants: [29],
    file: 'packages/http/src/idempotency.ts',
    find: `if (error.retryable || isValidation(error)) return false;
  return status < 500 && `,
    replace: `if (isValidation(error)) return false;
  return `,
    catchers: httpTests,
  },
  {
    name: 'all people share their keys',
    invariants: [29, 33],
    file: 'packages/http/src/principal.ts',
    find: '`user:${principal.userId}`',
    replace: "'user'",
    catchers: [{ tests: 'packages/http/src/service-app.unit.test.ts' }, ...httpTests],
  },
];
