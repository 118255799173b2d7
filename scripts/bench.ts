/** `yarn bench`: lists the benchmarks below performance/; `yarn bench <name> [flags]` runs one. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { execa } from 'execa';
import { CliError, runCli, usageError } from './cli.ts';
import { root } from './dev/layout.ts';

/** The benchmarks by name: `performance/a/bench.ts` is `a`, `performance/a/b.bench.ts` is `a/b`. */
function findBenchmarks(): ReadonlyMap<string, string> {
  const files = globSync('performance/*/{bench,*.bench}.ts', { cwd: root }).toSorted();
  return new Map(
    files.map((file) => {
      const { dir, name } = path.parse(path.relative('performance', file));
      return [name === 'bench' ? dir : `${dir}/${name.replace(/\.bench$/, '')}`, file];
    }),
  );
}

async function bench(name: string | undefined, flags: readonly string[]): Promise<void> {
  const benchmarks = findBenchmarks();
  if (name === undefined) {
    process.stdout.write(`${[...benchmarks.keys()].join('\n')}\n`);
    return;
  }
  const file = benchmarks.get(name);
  if (file === undefined) throw usageError(`no benchmark "${name}"; there are ${[...benchmarks.keys()].join(', ')}`);
  const { exitCode = 1 } = await execa(process.execPath, ['--conditions=@rideshare/source', file, ...flags], {
    cwd: root,
    stdio: 'inherit',
    reject: false,
  });
  if (exitCode !== 0) throw new CliError(`${name} ended with ${String(exitCode)}`, exitCode);
}

const program = new Command('bench')
  .description('Lists the benchmarks, or runs one; its method and figures are in the README beside it.')
  .argument('[name]', 'which one')
  .argument('[flags...]', 'what it is given')
  .passThroughOptions()
  .allowUnknownOption()
  .action(bench);
await runCli(program);
