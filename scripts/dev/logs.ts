/** `make logs`: follows the log of every process, or of those that are named. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { readLayout } from './layout.ts';

const { dataDir } = readLayout(process.env);
const names = process.argv.slice(2);
const files = globSync(path.join(dataDir, 'logs', '*.log')).filter(
  (file) => names.length === 0 || names.includes(path.basename(file, '.log')),
);
if (files.length === 0) {
  process.stderr.write(`no logs of ${names.join(', ') || 'any service'} in ${dataDir}\n`);
  process.exit(69);
}
const { exitCode } = await execa('tail', ['-n', '50', '-F', ...files], { stdio: 'inherit', reject: false });
process.exitCode = exitCode ?? 0;
