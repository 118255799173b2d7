/**
 * Writes every file that is made from the sources. `--check` only compares and fails on a difference; `--republish`
 * also replaces the schema of an event version that nobody outside relies on yet.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { generateEventSchemas, generateEventsDocument, generateOpenApi } from './generate/contracts.ts';
import { generateErrorsDocument } from './generate/errors.ts';
import type { Generated } from './generate/generated.ts';

const root = path.resolve(import.meta.dirname, '..');

async function isCurrent(generated: Generated): Promise<{ current: boolean; content: string; target: string }> {
  const target = path.join(root, generated.file);
  const content = await format(generated.content, { ...(await resolveConfig(target)), filepath: target });
  return { current: existsSync(target) && readFileSync(target, 'utf8') === content, content, target };
}

const { values: flags } = parseArgs({
  options: { check: { type: 'boolean', default: false }, republish: { type: 'boolean', default: false } },
});
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
const everything: Generated[] = [
  ...generateEventSchemas(),
  generateEventsDocument(),
  generateOpenApi(version),
  await generateErrorsDocument(root),
];

const complaints: string[] = [];
for (const generated of everything) {
  const { current, content, target } = await isCurrent(generated);
  if (current) continue;
  if (flags.check) {
    complaints.push(`${generated.file} is not what the sources say: run "yarn generate"`);
  } else if (generated.published && existsSync(target) && !flags.republish) {
    complaints.push(
      `${generated.file} is published and would change: declare the event's next version, or give --republish if nobody relies on this one yet`,
    );
  } else {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, content);
    process.stdout.write(`wrote ${generated.file}\n`);
  }
}
for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
if (complaints.length > 0) process.exitCode = 1;
