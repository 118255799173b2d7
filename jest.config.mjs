import { availableParallelism } from 'node:os';
import { coverageOf } from './scripts/jest/coverage.ts';

const common = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@rideshare/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.tools/', '<rootDir>/.data/', '<rootDir>/.cache/'],
  transform: {}, // where no transformer claims a file, Jest strips its types with Node's own stripper
};

/** @param {string} tier @param {string[]} globs @param {object} [more] */
const project = (tier, globs, more = {}) => ({
  ...common,
  displayName: tier,
  testMatch: globs.map((glob) => `<rootDir>/${glob}`),
  ...more,
});

const postgres = {
  globalSetup: '<rootDir>/scripts/jest/postgres-setup.ts',
  globalTeardown: '<rootDir>/scripts/jest/postgres-teardown.ts',
};

const measured = process.env.COVERAGE === '1';

/** @type {import('jest').Config} */
export default {
  projects: [
    project('unit', ['{packages,services,apps}/*/src/**/*.unit.test.ts', '{scripts,tests}/**/*.unit.test.ts']),
    project('contract', ['{packages,services,apps}/*/{src,test}/**/*.contract.test.ts'], postgres),
    project(
      'integration',
      ['{packages,services,apps}/*/test/**/*.integration.test.ts', 'scripts/**/*.integration.test.ts'],
      postgres,
    ),
    project('simulation', ['tests/simulation/**/*.simulation.test.ts']),
    project('e2e', ['tests/{e2e,chaos}/**/*.e2e.test.ts'], {
      runner: '<rootDir>/scripts/jest/serial-runner.mjs',
      globalSetup: '<rootDir>/tests/e2e/support/global-setup.ts',
      globalTeardown: '<rootDir>/tests/e2e/support/global-teardown.ts',
      setupFilesAfterEnv: ['<rootDir>/scripts/jest/e2e-timeout.ts'],
    }),
  ],
  reporters: ['default', '<rootDir>/scripts/jest/line-reporter.ts'],
  // two even on a small machine: half of an integration test is waiting for PostgreSQL
  maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
  // far beyond what any of them takes: a machine may stand still for seconds, or be busy with other things
  testTimeout: 60_000,
  coverageProvider: 'v8',
  coverageDirectory: 'coverage',
  coverageReporters: ['text-summary', 'lcovonly'],
  ...(measured ? { collectCoverage: true, ...coverageOf(import.meta.dirname) } : {}),
};
