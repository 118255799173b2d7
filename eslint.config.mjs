import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import prettier from 'eslint-config-prettier/flat';
import tseslint from 'typescript-eslint';

const TESTS = ['**/*.test.ts', '*/*/test/**/*.ts', 'tests/**/*.ts'];
const PRODUCTION = ['{packages,services,apps}/*/src/**/*.ts'];

/** Code whose decisions must be repeatable: it is handed its clock, its chance, its ids and its timers. */
const BUSINESS = [
  'services/*/src/{domain,usecases,routes,consumers,workers,events,store,clients}/**/*.ts',
  'packages/{geo,pricing,dispatch,routing}/src/**/*.ts',
];

const PORTS = 'take Clock, Random, Ids or Scheduler from @rideshare/kernel as an argument';
const ENVIRONMENT = { object: 'process', property: 'env', message: 'only config.ts reads the environment' };

const shape = [
  { selector: 'ExportAllDeclaration', message: 'name what is exported' },
  { selector: 'ExportDefaultDeclaration', message: 'export by name' },
];
const nondeterminism = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: PORTS },
  { selector: 'CallExpression[callee.name="Date"]', message: PORTS },
  { selector: 'CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate|randomUUID)$/]', message: PORTS },
];

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', '.tools/', '.yarn/', '.data/', '.cache/', 'coverage/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  { rules: { eqeqeq: 'error', 'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }] } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // a port that is another port under a name of its own
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all', ignoreRestSiblings: true },
      ],
      // an empty environment variable counts as unset, which only || says
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // noPropertyAccessFromIndexSignature asks for the opposite
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
    },
  },
  {
    files: [...PRODUCTION, 'scripts/**/*.ts'],
    ignores: TESTS,
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: PRODUCTION,
    ignores: TESTS,
    rules: {
      'no-restricted-syntax': ['error', ...shape],
      'no-restricted-properties': ['error', ENVIRONMENT],
    },
  },
  {
    files: ['{packages,services}/*/src/**/*.ts'],
    ignores: [...TESTS, '**/main.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    files: [
      '{services,apps}/*/src/{config,main}.ts',
      'packages/config/src/**/*.ts',
      'packages/observability/src/register*.ts',
      'packages/testing/src/**/*.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: BUSINESS,
    ignores: TESTS,
    rules: {
      'no-restricted-syntax': ['error', ...shape, ...nondeterminism],
      'no-restricted-properties': [
        'error',
        ENVIRONMENT,
        { object: 'Date', property: 'now', message: PORTS },
        { object: 'performance', property: 'now', message: PORTS },
        { object: 'Math', property: 'random', message: PORTS },
        { object: 'crypto', property: 'randomUUID', message: PORTS },
        { object: 'crypto', property: 'getRandomValues', message: PORTS },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:timers', message: PORTS },
            { name: 'node:timers/promises', message: PORTS },
            { name: 'node:crypto', importNames: ['randomBytes', 'randomInt', 'randomUUID'], message: PORTS },
            { name: 'uuid', message: PORTS },
          ],
        },
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      // matchers and parsed bodies are `any`; what they hold is what the test asserts
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // a fake answers at once what the real thing answers later
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { globals: { module: 'writable', require: 'readonly', __dirname: 'readonly' } },
  },
  {
    files: ['{services,apps}/*/public/**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        // prettier-ignore
        ['document', 'window', 'location', 'history', 'navigator', 'fetch', 'performance', 'devicePixelRatio',
         'localStorage', 'sessionStorage', 'requestAnimationFrame', 'cancelAnimationFrame', 'setTimeout', 'clearTimeout',
         'setInterval', 'clearInterval', 'TextDecoder', 'AbortController', 'ResizeObserver', 'matchMedia', 'Intl',
         'crypto', 'EventSource'].map((name) => [name, 'readonly']),
      ),
    },
  },
  prettier,
);
