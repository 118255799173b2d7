import type { PlantedBug } from '../plot.ts';

const USER = 'services/user/src';
const ruleTests = [{ tests: `${USER}/domain/session.unit.test.ts` }];
const sessionTests = [{ tests: 'services/user/test/sessions.integration.test.ts' }];
const accountTests = [{ tests: 'services/user/test/accounts.integration.test.ts' }];
const loginTests = [{ tests: 'services/user/test/logins.integration.test.ts' }];

const sessions: readonly PlantedBug[] = [
  {
    name: 'a session lives on after one of its used tokens came back',
    invariants: [34],
    file: `${USER}/store/session-store.pg.ts`,
    find: `if (verdict.outcome === 'reused') {`,
    replace: `if (verdict.outcome === 'reused' && sessionId === '') {`,
    catchers: sessionTests,
  },
  {
    name: 'a used token is exchanged though its successor was used',
    invariants: [34],
    file: `${USER}/domain/session.ts`,
    find: `      !used.successorUsed &&
`,
    replace: ``,
    catchers: ruleTests,
  },
  {
    name: 'a used token is exchanged however late it comes',
    invariants: [34],
    file: `${USER}/domain/session.ts`,
    find: `      !used.successorUsed &&
      now.getTime() - used.at.getTime() <= RETRY_WINDOW_MS;`,
    replace: `      !used.successorUsed;`,
    catchers: ruleTests,
  },
  {
    name: 'a session that was ended goes on',
    invariants: [34],
    file: `${USER}/domain/session.ts`,
    find: `if (presented.familyEnded || !presented.accountActive) return`,
    replace: `if (!presented.accountActive) return`,
    catchers: ruleTests,
  },
  {
    name: 'the session of a suspended account goes on',
    invariants: [34],
    file: `${USER}/domain/session.ts`,
    find: `if (presented.familyEnded || !presented.accountActive) return`,
    replace: `if (presented.familyEnded) return`,
    catchers: ruleTests,
  },
  {
    name: 'a refresh token is exchanged after its end',
    invariants: [34],
    file: `${USER}/domain/session.ts`,
    find: `  if (presented.expiresAt <= now) return { outcome: 'refused' };
`,
    replace: ``,
    catchers: ruleTests,
  },
  {
    name: 'a token outlives its session',
    invariants: [34],
    file: `${USER}/domain/session.ts`,
    find: `Math.min(at.getTime() + policy.refreshTokenTtlMs, sessionExpiresAt.getTime())`,
    replace: `Math.max(at.getTime() + policy.refreshTokenTtlMs, sessionExpiresAt.getTime())`,
    catchers: ruleTests,
  },
  {
    name: 'a suspension leaves the sessions of the account open',
    invariants: [34],
    file: `${USER}/domain/account.ts`,
    find: `endsSessions: wanted.suspended,`,
    replace: `endsSessions: false,`,
    catchers: [{ tests: `${USER}/domain/account.unit.test.ts` }],
  },
];

const accounts: readonly PlantedBug[] = [
  {
    name: 'any password opens an account',
    invariants: [33],
    file: `${USER}/passwords/passwords.argon2.ts`,
    find: `matches: matches && passwordHash !== undefined,`,
    replace: `matches: passwordHash !== undefined,`,
    catchers: [{ tests: `${USER}/passwords/passwords.unit.test.ts` }],
  },
  {
    name: 'who is suspended signs in',
    invariants: [34],
    file: `${USER}/usecases/login.ts`,
    find: `  if (credentials.account.status === 'suspended') throw userSuspended();
`,
    replace: ``,
    catchers: [...loginTests, ...sessionTests, ...accountTests],
  },
  {
    name: 'passwords are guessed as fast as one likes',
    invariants: [],
    file: `${USER}/usecases/login.ts`,
    find: `  if (waitS > 0) throw loginBackoff(waitS);
`,
    replace: `  if (waitS < 0) throw loginBackoff(waitS);
`,
    catchers: loginTests,
  },
  {
    name: 'the account of another is read and changed',
    invariants: [33],
    file: `${USER}/usecases/caller.ts`,
    find: `  if (callerId !== accountId) throw userNotFound();
`,
    replace: ``,
    catchers: accountTests,
  },
  {
    name: 'what operators did is not written down',
    invariants: [36],
    file: `${USER}/store/account-store.pg.ts`,
    find: `        if (change.audit) await record(tx, operation, change);
`,
    replace: ``,
    catchers: accountTests,
  },
  {
    name: 'what operators did is changed afterwards',
    invariants: [36],
    file: 'services/user/migrations/0001_create_accounts.sql',
    find: `account_audit_append_only before update or delete or truncate on`,
    replace: `account_audit_append_only before delete or truncate on`,
    catchers: accountTests,
  },
  {
    name: 'a change of an account is told to nobody',
    invariants: [24],
    file: `${USER}/store/account-store.pg.ts`,
    find: `        if (change.audit) await record(tx, operation, change);
        publish(tx, operation, change);
`,
    replace: `        if (change.audit) await record(tx, operation, change);
`,
    catchers: accountTests,
  },
];

export const userBugs: readonly PlantedBug[] = [...sessions, ...accounts];
