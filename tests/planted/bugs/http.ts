import type { PlantedBug } from '../plot.ts';

const HTTP = 'packages/http/src';
const appTests = [{ tests: `${HTTP}/service-app.unit.test.ts` }];
const tokenTests = [{ tests: `${HTTP}/tokens.unit.test.ts` }];

export const httpBugs: readonly PlantedBug[] = [
  {
    name: 'a route does not ask for its role',
    invariants: [33],
    file: `${HTTP}/authenticate.ts`,
    find: `if (!mayCall(route, principal)) {`,
    replace: `if (route.callers.length === 0 && !mayCall(route, principal)) {`,
    catchers: appTests,
  },
  {
    name: 'a body is read before its sender is known',
    invariants: [33],
    file: `${HTTP}/service-app.ts`,
    find: `    const principal = await authenticate(route, request.headers.authorization, address);
    const rawBody = route.method === 'GET' ? Buffer.alloc(0) : await readBody(request, response);
    const body = route.method === 'GET' ? {} : parseJson(rawBody);
`,
    replace: `    const rawBody = route.method === 'GET' ? Buffer.alloc(0) : await readBody(request, response);
    const body = route.method === 'GET' ? {} : parseJson(rawBody);
    const principal = await authenticate(route, request.headers.authorization, address);
`,
    catchers: appTests,
  },
  {
    name: 'a token for people opens the doors of services',
    invariants: [33],
    file: `${HTTP}/tokens.ts`,
    find: `        audience: INTERNAL_AUDIENCE,
`,
    replace: ``,
    catchers: tokenTests,
  },
  {
    name: 'a service speaks for another service',
    invariants: [33],
    file: `${HTTP}/tokens.ts`,
    find: `payload.iss === undefined || payload.iss !== protectedHeader.kid`,
    replace: `payload.iss === undefined`,
    catchers: tokenTests,
  },
  {
    name: 'a token of a service that is old is believed',
    invariants: [33, 34],
    file: `${HTTP}/tokens.ts`,
    find: `        maxTokenAge: SERVICE_TOKEN_TTL_S,
`,
    replace: ``,
    catchers: tokenTests,
  },
  {
    name: 'a token that was made for others is believed',
    invariants: [33],
    file: `${HTTP}/tokens.ts`,
    find: `      audience,
      clockTolerance`,
    replace: `      clockTolerance`,
    catchers: tokenTests,
  },
  {
    name: 'a token that was believed once is believed after its end',
    invariants: [34],
    file: `${HTTP}/tokens.ts`,
    find: `untilMs: Math.min(exp * 1_000, now.getTime() + VERIFIED_MS)`,
    replace: `untilMs: Math.max(exp * 1_000, now.getTime() + VERIFIED_MS)`,
    catchers: tokenTests,
  },
  {
    name: 'a body may be as large as it likes',
    invariants: [],
    file: `${HTTP}/request-body.ts`,
    find: `limit: BODY_BYTES_MAX });`,
    replace: `limit: '1gb' });`,
    catchers: appTests,
  },
  {
    name: 'a body is nested without end',
    invariants: [],
    file: `${HTTP}/request-body.ts`,
    find: `if (depth > NESTING_MAX) throw`,
    replace: `if (depth > 1_000_000) throw`,
    catchers: appTests,
  },
  {
    name: 'a process that stops cuts the answers under way',
    invariants: [38],
    file: `${HTTP}/listen.ts`,
    find: `  const closed = once(server, 'close');
  server.close();
`,
    replace: `  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
`,
    catchers: [{ tests: `${HTTP}/listen.unit.test.ts` }],
  },
  {
    name: 'a process closes its stores before its server',
    invariants: [38],
    file: 'packages/kernel/src/system/lifecycle.ts',
    find: `for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {`,
    replace: `for (let step = this.#steps.shift(); step; step = this.#steps.shift()) {`,
    catchers: [{ tests: 'packages/kernel/src/system/lifecycle.unit.test.ts' }],
  },
];
