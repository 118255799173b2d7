/** Installs the commit hook after `yarn install`: only in a clone, and not where nobody commits. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import husky from 'husky';

const root = path.resolve(import.meta.dirname, '..');
if (existsSync(path.join(root, '.git')) && !process.env['CI']) {
  process.chdir(root);
  const complaint = husky();
  if (complaint) process.stderr.write(`the commit hook was not installed: ${complaint}\n`);
}
