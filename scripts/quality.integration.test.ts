import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { createFixture } from './quality-fixture.ts';
import type { Fixture } from './quality-fixture.ts';

const BIN = path.resolve(import.meta.dirname, '../node_modules');

function runTool({ root }: Fixture, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1_024 * 1_024,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env },
  });
}

describe('boundaries', () => {
  const PACKAGES = ['kernel', 'config', 'contracts', 'geo', 'pricing', 'observability', 'dispatch', 'http', 'postgres'];
  const SRC = 'services/trip/src';
  // importing file, what it imports, the rule that must fire
  const FORBIDDEN: readonly (readonly [file: string, imported: string, rule: string])[] = [
    [`${SRC}/domain/a.ts`, '@rideshare/contracts', 'domain-imports'],
    [`${SRC}/domain/b.ts`, 'node:fs', 'domain-imports'],
    [`${SRC}/domain/c.ts`, 'pg', 'domain-imports'],
    [`${SRC}/domain/d.ts`, '../usecases/use.ts', 'domain-imports'],
    [`${SRC}/usecases/a.ts`, '@rideshare/http', 'usecases-imports'],
    [`${SRC}/usecases/b.ts`, '@rideshare/postgres', 'usecases-imports'],
    [`${SRC}/usecases/c.ts`, '@rideshare/observability', 'usecases-imports'],
    [`${SRC}/usecases/e.ts`, 'uuid', 'usecases-imports'],
    [`${SRC}/usecases/d.ts`, '../store/store.ts', 'usecases-imports'],
    [`${SRC}/usecases/ports.ts`, '@rideshare/kernel', 'ports-takes-types-only'],
    [`${SRC}/usecases/driver/ports.ts`, '@rideshare/geo', 'ports-imports'],
    [`${SRC}/routes/a.ts`, '../store/store.ts', 'routes-imports'],
    [`${SRC}/routes/b.ts`, '../domain/rules.ts', 'routes-takes-types-only'],
    [`${SRC}/routes/c.ts`, 'express', 'routes-takes-types-only'],
    [`${SRC}/consumers/a.ts`, '../events/event.ts', 'consumers-imports'],
    [`${SRC}/consumers/b.ts`, '../domain/rules.ts', 'consumers-takes-types-only'],
    [`${SRC}/workers/a.ts`, '@rideshare/contracts', 'workers-imports'],
    [`${SRC}/events/a.ts`, '../domain/rules.ts', 'events-takes-types-only'],
    [`${SRC}/events/b.ts`, '@rideshare/postgres', 'events-imports'],
    [`${SRC}/store/a.ts`, '../usecases/use.ts', 'store-imports'],
    [`${SRC}/store/b.ts`, '@rideshare/contracts', 'store-imports'],
    [`${SRC}/clients/a.ts`, '../store/store.ts', 'clients-imports'],
    [`${SRC}/clients/b.ts`, '../domain/rules.ts', 'clients-takes-types-only'],
    [`${SRC}/metrics.ts`, '../src/domain/rules.ts', 'telemetry-imports'],
    [`${SRC}/config.ts`, '@rideshare/http', 'config-imports'],
    [`${SRC}/app.ts`, './store/store.ts', 'app-imports'],
    [`${SRC}/main.ts`, './app.ts', 'main-imports'],
    [`${SRC}/clock.ts`, '@rideshare/kernel/system', 'kernel-system-is-wired-once'],
    [`${SRC}/peer.ts`, '@rideshare/user', 'no-service-to-service'],
    [`${SRC}/deep.ts`, '../../../packages/geo/src/index.ts', 'no-path-into-a-workspace'],
    [`${SRC}/inside.ts`, '@rideshare/geo/src/index.ts', 'not-to-unresolvable'],
    [`${SRC}/missing.ts`, 'zod', 'no-undeclared-dependency'],
    [`${SRC}/unlisted.ts`, '@rideshare/config', 'declared-by-trip'],
    [`${SRC}/dev.ts`, 'supertest', 'no-dev-dependency-in-production'],
    [`${SRC}/fakes.ts`, '../test/support.ts', 'testing-is-for-tests'],
    ['packages/kernel/src/a.ts', 'node:fs', 'kernel-is-pure'],
    ['packages/kernel/src/system/a.ts', 'pg', 'kernel-system-imports'],
    ['packages/geo/src/a.ts', '@rideshare/pricing', 'package-order-geo'],
    ['packages/http/src/a.ts', '@rideshare/postgres', 'package-order-http'],
    ['packages/pricing/src/a.ts', 'node:crypto', 'pure-packages-stay-pure'],
    ['packages/config/src/a.ts', '@rideshare/user', 'packages-know-no-services'],
    ['apps/simulator/src/a.ts', '@rideshare/postgres', 'app-simulator-imports'],
    ['apps/auditor/src/a.ts', '@rideshare/http', 'app-auditor-imports'],
    ['apps/auditor/src/b.ts', '@rideshare/user', 'apps-know-no-services'],
    ['tests/e2e/a.ts', '@rideshare/postgres', 'e2e-is-a-black-box'],
    ['tests/simulation/a.ts', '../../services/trip/src/domain/rules.ts', 'simulation-uses-public-entries'],
    ['scripts/a.ts', '@rideshare/user', 'scripts-know-no-services'],
    ['packages/config/src/circle.ts', './circle.ts', 'no-circular'],
  ];
  // the same rooms, as they are meant
  const ALLOWED: readonly (readonly [file: string, code: string])[] = [
    [`${SRC}/domain/rules.ts`, "import '@rideshare/kernel'; import '@rideshare/geo'; import '@rideshare/pricing';"],
    [`${SRC}/usecases/use.ts`, "import '../domain/rules.ts'; import '@rideshare/dispatch';"],
    [`${SRC}/usecases/offer/ports.ts`, "import type { T } from '@rideshare/kernel'; export type U = T;"],
    [
      `${SRC}/routes/ok.ts`,
      "import '../usecases/use.ts'; import type { T } from '../domain/rules.ts'; export type U = T;",
    ],
    [`${SRC}/routes/ok.unit.test.ts`, "import '../store/store.ts'; import '../domain/rules.ts';"],
    [`${SRC}/store/store.ts`, "import '../usecases/offer/ports.ts'; import '../events/event.ts'; import 'pg';"],
    [
      `${SRC}/events/event.ts`,
      "import '@rideshare/contracts'; import type { T } from '../domain/rules.ts'; export type U = T;",
    ],
    [`${SRC}/service.ts`, "import './app.ts'; import './store/store.ts'; import '@rideshare/kernel/system';"],
    ['services/trip/test/support.ts', "import '../src/store/store.ts';"],
    ['tests/e2e/ok.ts', "import '@rideshare/contracts'; import 'node:child_process';"],
  ];
  let fixture: Fixture;

  beforeAll(() => {
    fixture = createFixture();
    const listed = (names: readonly string[]) =>
      Object.fromEntries(names.map((name) => [`@rideshare/${name}`, 'workspace:*']));
    for (const name of PACKAGES) {
      fixture.workspace(`packages/${name}`, {
        dependencies: { ...listed(PACKAGES), pg: '8.0.0' },
        ...(name === 'kernel' ? { exports: { '.': './src/index.ts', './system': './src/system/index.ts' } } : {}),
      });
      fixture.write(`packages/${name}/src/index.ts`, 'export type T = 1;\nexport const value = 1;\n');
    }
    fixture.write('packages/kernel/src/system/index.ts', 'export const value = 1;\n');
    fixture.workspace('services/trip', {
      dependencies: { ...listed([...PACKAGES.filter((name) => name !== 'config'), 'user']), pg: '8', express: '5' },
      devDependencies: { supertest: '7' },
    });
    fixture.workspace('services/user');
    fixture.write('services/user/src/service.ts', 'export const value = 1;\n');
    for (const app of ['simulator', 'auditor']) {
      fixture.workspace(`apps/${app}`, { dependencies: listed([...PACKAGES, 'user']) });
    }
    for (const [file, code] of ALLOWED) fixture.write(file, `${code}\nexport const value = 1;\n`);
    for (const [file, imported] of FORBIDDEN) fixture.write(file, `import '${imported}';\nexport const value = 1;\n`);
  });

  afterAll(() => {
    fixture.remove();
  });

  it('with every kind of forbidden import, name each and nothing else', () => {
    const depcruise = path.join(BIN, 'dependency-cruiser/bin/dependency-cruiser.mjs');
    const { stdout, status } = runTool(fixture, [depcruise, '--config', '.dependency-cruiser.cjs', '.']);
    const found = [...stdout.matchAll(/error (?<rule>[a-z0-9-]+): (?<from>\S+) →/g)].map(({ groups }) => ({
      from: groups?.['from'] ?? '',
      rule: groups?.['rule'] ?? '',
    }));
    expect(found).toEqual(expect.arrayContaining(FORBIDDEN.map(([from, , rule]) => ({ from, rule }))));
    const deliberate = new Set(FORBIDDEN.map(([file]) => file));
    expect(found.filter(({ from }) => !deliberate.has(from))).toEqual([]);
    expect(status).not.toBe(0);
  }, 60_000);
});

describe('lint', () => {
  it('with a clock, chance, ids or timers read by business code, refuses each; elsewhere they are free', () => {
    const fixture = createFixture();
    const BUSINESS = [
      'export const a = Date.now();',
      'export const b = new Date();',
      'export const c = Math.random();',
      "import { randomUUID } from 'node:crypto';",
      'export const d = randomUUID();',
      'setTimeout(() => undefined, 1);',
      "export const e = process.env['HOME'];",
      "export * from './other.ts';",
    ];
    try {
      fixture.workspace('services/trip');
      fixture.write(
        'services/trip/tsconfig.json',
        JSON.stringify({ extends: '../../tsconfig.base.json', include: ['src'] }),
      );
      fixture.write('services/trip/src/usecases/decide.ts', `${BUSINESS.join('\n')}\n`);
      fixture.write('services/trip/src/usecases/other.ts', 'export const at = new Date(0);\n');
      fixture.write('services/trip/src/service.ts', 'export const started = Date.now();\n');
      const args = [path.join(BIN, 'eslint/bin/eslint.js'), '--format', 'json', 'services'];
      const { stdout, status } = runTool(fixture, args);
      const results = JSON.parse(stdout) as { filePath: string; messages: { line: number }[] }[];
      const lines = results.flatMap(({ filePath, messages }) =>
        messages.map(({ line }) => `${path.basename(filePath)}:${String(line)}`),
      );
      expect(new Set(lines)).toEqual(new Set(BUSINESS.map((_, index) => `decide.ts:${String(index + 1)}`)));
      expect(status).toBe(1);
    } finally {
      fixture.remove();
    }
  }, 60_000);
});

describe('knip', () => {
  const KNIP = [path.join(BIN, 'knip/bin/knip.js'), '--no-config-hints', '--no-progress'];

  it('with a dead export, an unused file and an undeclared dependency, names all three', () => {
    const fixture = createFixture();
    try {
      fixture.workspace('packages/geo', { dependencies: {} });
      fixture.write('packages/geo/src/index.ts', "export { used } from './used.ts';\n");
      fixture.write(
        'packages/geo/src/used.ts',
        "import express from 'express';\nexport const used = express;\nexport const dead = 1;\n",
      );
      fixture.write('packages/geo/src/forgotten.ts', 'export const forgotten = 1;\n');
      const { stdout, status } = runTool(fixture, [...KNIP, '--workspace', 'packages/geo']);
      expect(stdout).toMatch(/Unused exports[^]*dead +packages\/geo\/src\/used\.ts/);
      expect(stdout).toMatch(/Unused files[^]*packages\/geo\/src\/forgotten\.ts/);
      expect(stdout).toMatch(/Unlisted dependencies[^]*express +packages\/geo\/src\/used\.ts/);
      expect(status).not.toBe(0);
    } finally {
      fixture.remove();
    }
  }, 60_000);
});

describe('coverage', () => {
  it('with one package below the threshold, fails and names that package alone, with the count as last line', () => {
    const fixture = createFixture();
    try {
      for (const name of ['full', 'poor']) {
        fixture.workspace(`packages/${name}`);
        fixture.write(`packages/${name}/src/types.ts`, `${'// only types\n'.repeat(50)}export type Id = string;\n`);
        const untested = name === 'poor' ? 'export function other(): number {\n  return 2;\n}\n' : '';
        fixture.write(`packages/${name}/src/one.ts`, `export function one(): number {\n  return 1;\n}\n${untested}`);
        fixture.write(
          `packages/${name}/src/one.unit.test.ts`,
          "import { expect, it } from '@jest/globals';\nimport { one } from './one.ts';\n\nit('one', () => expect(one()).toBe(1));\n",
        );
      }
      // Jest looks for the files of every project, those it is not asked to run included
      for (const hook of ['setup', 'teardown']) {
        fixture.write(`tests/e2e/support/global-${hook}.ts`, 'export default () => undefined;\n');
      }
      const jest = path.join(BIN, 'jest/bin/jest.js');
      const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest];
      const { stdout, stderr, status } = runTool(fixture, [...args, '--selectProjects', 'unit'], { COVERAGE: '1' });
      expect(stdout.trimEnd().split('\n').at(-1)).toBe('2 passed, 0 failed');
      const below = [...stderr.matchAll(/Jest: .*does not meet "(?<where>[^"]+)"/g)].map(
        ({ groups }) => groups?.['where'],
      );
      expect(new Set(below)).toEqual(new Set(['./packages/poor/src/']));
      expect(status).toBe(1);
    } finally {
      fixture.remove();
    }
  }, 60_000);
});
