import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';

const root = path.resolve(import.meta.dirname, '../..');
const requirements = path.join(import.meta.dirname, 'requirements.txt');
/** Beside the other tools, where nothing is committed and nothing but this run looks. */
const home = path.join(root, '.tools', 'schemathesis');
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'response_headers_conformance',
  'unsupported_method',
  'allow_header_conformance',
];

/** Installs the pinned generator if it is not there yet; the path of its command. Needs Python 3.10 and PyPI. */
export async function installSchemathesis(): Promise<string> {
  const command = path.join(home, 'bin', 'st');
  const stamp = path.join(home, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(command) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return command;
  await execa('python3', ['-m', 'venv', '--clear', home], { stdio: 'inherit' });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  await execa(path.join(home, 'bin', 'python'), pip, { stdio: 'inherit' });
  writeFileSync(stamp, wanted);
  return command;
}

/** One run of the generator. */
export interface Round {
  readonly name: string;
  readonly token: string | undefined;
  /** Values of parameters of the path, by a pattern of paths; without any, ids are made up. */
  readonly ids: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly seed: number;
  /** Requests for each route, about. */
  readonly examples: number;
  /** Only these routes, by a pattern of paths. */
  readonly only?: string;
}

function configOf({ ids }: Round): string {
  const operations = Object.entries(ids).map(([pattern, values]) => {
    const pairs = Object.entries(values).map(([name, value]) => `"path.${name}" = "${value}"`);
    return `[[operations]]\ninclude-path-regex = '${pattern}'\nparameters = { ${pairs.join(', ')} }\n`;
  });
  return operations.join('\n');
}

/** Sends what a round makes up; its report, and whether everything was answered as the document says. */
export async function runRound(
  command: string,
  gateway: string,
  folder: string,
  round: Round,
): Promise<{ readonly passed: boolean; readonly report: string }> {
  const config = path.join(folder, `${String(round.seed)}.toml`);
  writeFileSync(config, configOf(round));
  const args = [
    ...['--config-file', config, 'run', `${gateway}/openapi.json`, '--exclude-operation-id', 'openStream'],
    ...(round.only === undefined ? [] : ['--include-path-regex', round.only]),
    ...(round.token === undefined ? [] : ['-H', `Authorization: Bearer ${round.token}`]),
    ...['--checks', CHECKS.join(','), '--phases', 'coverage,fuzzing', '--continue-on-failure', '--no-shrink'],
    ...['-n', String(round.examples), '--seed', String(round.seed), '-w', '1', '--request-timeout', '20'],
    ...['--generation-database', 'none', '--suppress-health-check', 'all', '--warnings', 'off', '--no-color'],
  ];
  const run = await execa(command, args, { cwd: folder, reject: false, all: true });
  return { passed: run.exitCode === 0, report: run.all };
}
