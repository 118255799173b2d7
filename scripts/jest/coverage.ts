import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';

const SOURCES = '{packages,services,apps}/*/src/**/*.ts';
const EXCLUDED = ['**/main.ts', '**/register.ts', '**/*.test.ts'];
const THRESHOLD_PERCENT = 80;

/** The part of Jest's configuration that measures coverage and fails below the threshold. */
export interface Coverage {
  readonly collectCoverageFrom: string[];
  readonly coverageThreshold: Record<string, Record<'branches' | 'functions' | 'lines' | 'statements', number>>;
}

/** Whether nothing is left of a module without its types: it cannot be loaded, so it cannot be covered either. */
function isTypesOnly(source: string): boolean {
  const code = stripTypeScriptTypes(source)
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
  return code.replaceAll(/export\s*\{\s*\}|[\s;]/g, '') === '';
}

/** Every package, service and app below `root` must reach the threshold by itself. */
export function coverageOf(root: string): Coverage {
  const sources = globSync(SOURCES, { cwd: root, exclude: EXCLUDED });
  const typesOnly = sources.filter((file) => isTypesOnly(readFileSync(path.join(root, file), 'utf8')));
  const measured = sources.filter((file) => !typesOnly.includes(file));
  const workspaces = new Set(measured.map((file) => file.split(path.sep).slice(0, 2).join('/')));
  const threshold = {
    branches: THRESHOLD_PERCENT,
    functions: THRESHOLD_PERCENT,
    lines: THRESHOLD_PERCENT,
    statements: THRESHOLD_PERCENT,
  };
  return {
    collectCoverageFrom: [SOURCES, ...[...EXCLUDED, ...typesOnly].map((glob) => `!${glob}`)],
    coverageThreshold: Object.fromEntries([...workspaces].map((workspace) => [`./${workspace}/src/`, threshold])),
  };
}
