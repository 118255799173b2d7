/**
 * Installs the commit hook after `yarn install`: only in a clone, not where nobody commits, and not over somebody
 * else's hooks. `git config rideshare.hooks off` keeps it out of one clone for good, HUSKY=0 out of one installation.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import husky from 'husky';

const root = path.resolve(import.meta.dirname, '..');
const OURS = '.husky/_';

function gitConfig(name: string): string {
  return spawnSync('git', ['config', '--get', name], { cwd: root, encoding: 'utf8' }).stdout.trim();
}

function isWanted(): boolean {
  if (!existsSync(path.join(root, '.git'))) return false;
  if (process.env['CI'] || process.env['HUSKY'] === '0') return false;
  return gitConfig('rideshare.hooks') !== 'off' && ['', OURS].includes(gitConfig('core.hooksPath'));
}

if (isWanted()) {
  process.chdir(root);
  const complaint = husky();
  if (complaint) process.stderr.write(`the commit hook was not installed: ${complaint}\n`);
}
