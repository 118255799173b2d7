/**
 * Who may import whom. Each room of a service names what it may import; whatever is not named is a violation.
 * Tests may import anything.
 */
const { globSync, readFileSync } = require('node:fs');
const path = require('node:path');

const TEST = '\\.test\\.ts$';
const CORE = '^(node:)?[a-z_]+$|^(node:)?[a-z_]+/[a-z_]+$';

const packages = (...names) => `^packages/(${names.join('|')})/`;
const npm = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})/`;
const own = (...rooms) => `^services/$1/src/(${rooms.join('|')})`;
const PORTS_FILE = 'usecases/(ports|[^/]+/ports)\\.ts$';

/**
 * A room of every service: `values` are patterns it may import freely, `types` are patterns of which it may only take
 * types. `room` is a pattern below `src/`.
 */
const room = (name, room, comment, { values = [], types = [], except }) => {
  const from = { path: `^services/([^/]+)/src/${room}`, pathNot: except ? [TEST, except] : TEST };
  return [
    { name: `${name}-imports`, comment, severity: 'error', from, to: { pathNot: [...values, ...types] } },
    ...(types.length === 0
      ? []
      : [
          {
            name: `${name}-takes-types-only`,
            comment: `${comment} Of the rest it may name types, with "import type".`,
            severity: 'error',
            from,
            to: { path: types, pathNot: values, dependencyTypesNot: ['type-only'] },
          },
        ]),
  ];
};

const rooms = [
  ...room('domain', 'domain/', 'The domain is pure: the kernel and the pure packages only.', {
    values: [own('domain/'), packages('kernel', 'geo', 'pricing')],
  }),
  ...room('usecases', 'usecases/', 'A use case knows the domain and its ports, never an engine or a wire.', {
    values: [own('domain/', 'usecases/'), packages('kernel', 'geo', 'pricing', 'dispatch', 'routing')],
    except: PORTS_FILE,
  }),
  ...room('ports', PORTS_FILE, 'Ports are types over the domain and the kernel.', {
    types: [own('domain/', PORTS_FILE), packages('kernel')],
  }),
  ...room('routes', 'routes/', 'A route parses, calls one use case and answers.', {
    values: [own('routes/', 'usecases/'), packages('contracts', 'http', 'kernel')],
    types: [own('domain/'), npm('express', 'express-serve-static-core', 'zod')],
  }),
  ...room('consumers', 'consumers/', 'A consumer parses an event and calls its own use case.', {
    values: [own('consumers/', 'usecases/'), packages('contracts', 'messaging', 'kernel')],
    types: [own('domain/')],
  }),
  ...room('workers', 'workers/', 'A worker is a loop around a use case.', {
    values: [own('workers/', 'usecases/'), packages('kernel')],
  }),
  ...room('events', 'events/', 'Events are mapped from the domain to the contract here.', {
    values: [own('events/'), packages('contracts', 'kernel')],
    types: [own('domain/')],
  }),
  ...room('store', 'store/', 'A store implements ports over an engine; it calls no use case.', {
    values: [
      own('store/', 'domain/', 'events/', PORTS_FILE),
      packages('kernel', 'postgres', 'cassandra', 'redis', 'memory', 'messaging'),
      npm('pg', 'ioredis', 'cassandra-driver', 'lru-cache', 'rate-limiter-flexible'),
    ],
  }),
  ...room('clients', 'clients/', 'A client implements ports over HTTP or mail.', {
    values: [
      own('clients/', PORTS_FILE, 'domain/errors\\.ts$'),
      packages('contracts', 'http', 'kernel'),
      npm('nodemailer', 'http-proxy-middleware'),
      CORE,
    ],
    types: [own('domain/'), packages('config'), npm('express')],
  }),
  ...room('telemetry', '(logger|metrics)\\.ts$', 'Logger and metrics implement the signals of the use cases.', {
    values: [packages('observability', 'kernel'), own(PORTS_FILE)],
  }),
  ...room('config', 'config\\.ts$', 'The configuration is read from the environment and knows nobody.', {
    values: [packages('config', 'kernel'), npm('zod')],
  }),
  ...room('app', 'app\\.ts$', 'The application mounts routes; it builds no store and no client.', {
    values: [own('routes/'), packages('http', 'observability', 'contracts', 'kernel'), npm('express')],
    types: [npm('express-serve-static-core')],
  }),
  ...room('main', 'main\\.ts$', 'The process edge: signals, exit code, and the service to start.', {
    values: [own('(service|config|logger)\\.ts$'), packages('observability'), CORE],
  }),
  {
    name: 'kernel-system-is-wired-once',
    comment: 'The real clock, ids and timers are chosen in service.ts and handed on.',
    severity: 'error',
    from: { path: '^services/[^/]+/src/', pathNot: [TEST, '^services/[^/]+/src/service\\.ts$'] },
    to: { path: '^packages/kernel/src/system/' },
  },
];

// a package may import those of the tiers before its own
const TIERS = [
  ['kernel'],
  ['config', 'contracts', 'geo'],
  ['observability', 'pricing', 'routing', 'dispatch'],
  ['http', 'postgres', 'redis', 'cassandra', 'memory'],
  ['messaging'],
  ['testing', 'histories'],
];
const packageOrder = TIERS.flatMap((tier, index) =>
  tier.map((name) => ({
    name: `package-order-${name}`,
    comment: `${name} may import only ${TIERS.slice(0, index).flat().join(', ') || 'itself'}.`,
    severity: 'error',
    from: { path: packages(name), pathNot: [TEST, '^packages/[^/]+/test/'] },
    to: { path: '^packages/', pathNot: packages(name, ...TIERS.slice(0, index).flat()) },
  })),
);

// dependency-cruiser cannot tell whether a workspace is declared, so each gets a rule made from its manifest
const declared = globSync('{packages,services,apps}/*/package.json', { cwd: __dirname }).map((file) => {
  const {
    name,
    dependencies = {},
    devDependencies = {},
  } = JSON.parse(readFileSync(path.join(__dirname, file), 'utf8'));
  const own = path.dirname(file).split(path.sep).join('/');
  const may = (...lists) => lists.flatMap(Object.keys).flatMap((used) => used.match(/^@rideshare\/(.+)/)?.[1] ?? []);
  const rule = (suffix, from, lists) => ({
    name: `declared-by-${name.replace('@rideshare/', '')}${suffix}`,
    comment: `Add the workspace to ${file}.`,
    severity: 'error',
    from,
    to: { path: '^packages/', pathNot: [`^${own}/`, ...may(...lists).map((used) => `^packages/${used}/`)] },
  });
  return [
    rule('', { path: `^${own}/src/`, pathNot: TEST }, [dependencies]),
    rule('-tests', { path: [`^${own}/test/`, `^${own}/.*${TEST}`] }, [dependencies, devDependencies]),
  ];
});

const app = (name, allowed) => ({
  name: `app-${name}-imports`,
  comment: `${name} stands outside the services: ${allowed.join(', ')} only.`,
  severity: 'error',
  from: { path: `^apps/${name}/src/`, pathNot: TEST },
  to: { path: '^packages/', pathNot: packages(...allowed) },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...rooms,
    ...packageOrder,
    ...declared.flat(),
    {
      name: 'kernel-is-pure',
      comment: 'The kernel imports nothing.',
      severity: 'error',
      from: { path: '^packages/kernel/src/', pathNot: [TEST, '^packages/kernel/src/system/'] },
      to: { pathNot: '^packages/kernel/src/(?!system/)' },
    },
    {
      name: 'kernel-system-imports',
      comment: 'The real clock, ids and timers come from Node and from uuid.',
      severity: 'error',
      from: { path: '^packages/kernel/src/system/', pathNot: TEST },
      to: { pathNot: ['^packages/kernel/src/', npm('uuid'), CORE] },
    },
    {
      name: 'pure-packages-stay-pure',
      comment: 'Rules about places, prices and assignment read no clock, no disk and no network.',
      severity: 'error',
      from: { path: '^packages/(geo|pricing|dispatch)/src/', pathNot: TEST },
      to: { path: [CORE, '^packages/kernel/src/system/'] },
    },
    {
      name: 'packages-know-no-services',
      severity: 'error',
      from: { path: '^packages/', pathNot: TEST },
      to: { path: '^(services|apps|scripts|tests)/' },
    },
    {
      name: 'no-service-to-service',
      comment: 'Services meet over HTTP and events, never through an import.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: TEST },
      to: { path: '^(services|apps|scripts|tests)/', pathNot: '^services/$1/' },
    },
    app('simulator', ['contracts', 'kernel', 'config', 'geo', 'histories']),
    // prettier-ignore
    app('auditor', ['kernel', 'config', 'contracts', 'observability', 'postgres', 'cassandra', 'messaging', 'pricing', 'histories']),
    {
      name: 'apps-know-no-services',
      comment: 'An app uses the public API and the published events.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: TEST },
      to: { path: '^(services|apps|scripts|tests)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'e2e-is-a-black-box',
      comment: 'End-to-end tests know the public API and the contracts, nothing behind them.',
      severity: 'error',
      from: { path: '^tests/e2e/' },
      to: {
        path: '^(packages|services|apps|scripts)/',
        pathNot: packages('contracts', 'kernel', 'testing', 'histories'),
      },
    },
    {
      name: 'simulation-uses-public-entries',
      comment: 'The simulation composes services through what they export.',
      severity: 'error',
      from: { path: '^tests/simulation/' },
      to: {
        path: '^(packages|services|apps|scripts)/',
        pathNot: ['^services/[^/]+/src/(service|parts)\\.ts$', '^packages/', '^scripts/cli\\.ts$'],
      },
    },
    {
      name: 'scripts-know-no-services',
      severity: 'error',
      from: { path: '^scripts/', pathNot: TEST },
      to: { path: '^(services|apps|tests)/' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^(packages|services|apps)/[^/]+/src/', pathNot: [TEST, '^packages/testing/'] },
      to: { path: ['^packages/testing/', '^[^/]+/[^/]+/test/', TEST] },
    },
    {
      name: 'histories-know-the-kernel-alone',
      comment: 'A judge shares no code with what it judges.',
      severity: 'error',
      from: { path: '^packages/histories/src/', pathNot: TEST },
      to: { path: '^packages/', pathNot: packages('histories', 'kernel') },
    },
    {
      name: 'histories-are-for-judges',
      comment: 'Histories are recorded and judged by tests, the auditor and the simulator; nothing else knows of them.',
      severity: 'error',
      from: { path: '^((packages|services)/[^/]+/src|scripts)/', pathNot: [TEST, '^packages/histories/'] },
      to: { path: '^packages/histories/' },
    },
    {
      name: 'no-path-into-a-workspace',
      comment: 'A workspace is imported by its name, so that its exports decide what is public.',
      severity: 'error',
      from: { path: '^(packages|services|apps|tests|scripts|performance)/([^/]+)/' },
      to: {
        path: '^(packages|services|apps)/',
        pathNot: '^$1/$2/',
        dependencyTypes: ['local'],
        dependencyTypesNot: ['aliased-workspace'],
      },
    },
    {
      name: 'no-circular',
      comment: 'Types may refer to each other; code that is loaded may not.',
      severity: 'error',
      from: { pathNot: TEST },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-undeclared-dependency',
      comment: 'What a workspace imports stands in its own package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-dependency-in-production',
      severity: 'error',
      from: { path: '^(packages|services|apps)/[^/]+/src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^((packages|services|apps)/[^/]+/dist|coverage|\\.tools|\\.cache|\\.data|\\.yarn)(/|$)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@rideshare/source', 'import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
