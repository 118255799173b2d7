/** `make reset`: throws the development data away; the next start begins anew. */
import { rmSync } from 'node:fs';
import { readLayout } from './layout.ts';
import { findRunner } from './run-file.ts';

const { dataDir } = readLayout(process.env);
if (await findRunner(dataDir)) {
  process.stderr.write(`a platform is running on ${dataDir}: make stop ends it\n`);
  process.exit(64);
}
rmSync(dataDir, { recursive: true, force: true });
process.stdout.write(`removed ${dataDir}\n`);
