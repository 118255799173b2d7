/** Every check that needs no test, the first failure ends it. */
import { spawnSync } from 'node:child_process';

const CHECKS = ['lint', 'format:check', 'type-check', 'boundaries', 'knip'];

for (const check of CHECKS) {
  const started = performance.now();
  const { status, signal } = spawnSync('yarn', ['run', check], { stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  if (status !== 0) {
    process.stderr.write(`quality-check: ${check} failed${signal ? ` (${signal})` : ''}; its findings are above\n`);
    process.exit(1);
  }
  process.stdout.write(`quality-check: ${check} passed in ${seconds} s\n`);
}
