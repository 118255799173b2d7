import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { httpErrorCatalogue, statusOfError } from '@rideshare/http';
import { AppError } from '@rideshare/kernel';
import { z } from 'zod';
import type { Generated } from './generated.ts';

const kindSchema = z.enum([
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'gone',
  'conflict',
  'rate_limited',
  'timeout',
  'unavailable',
  'internal',
]);
const catalogueSchema = z.record(
  z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  z.object({ kind: kindSchema, status: z.int().optional(), meaning: z.string().min(1) }),
);

/** The codes of one service or package, with what they mean. */
export type ErrorCatalogue = z.infer<typeof catalogueSchema>;

/** A code that a source names without it being in a catalogue. */
export interface RaisedCode {
  readonly code: string;
  readonly kind: string;
  readonly file: string;
}

/** The catalogue that `domain/errors.ts` of each service exports, by the service's name. */
export async function readServiceCatalogues(root: string): Promise<Map<string, ErrorCatalogue>> {
  const catalogues = new Map<string, ErrorCatalogue>();
  for (const file of globSync('services/*/src/domain/errors.ts', { cwd: root }).toSorted()) {
    const module = (await import(pathToFileURL(path.join(root, file)).href)) as Record<string, unknown>;
    const [, value] = Object.entries(module).find(([name]) => /errorCatalogue$/i.test(name)) ?? [];
    if (value === undefined) throw new Error(`${file} exports no errorCatalogue`);
    const parsed = catalogueSchema.safeParse(value);
    if (!parsed.success) throw new Error(`the errorCatalogue of ${file}: ${z.prettifyError(parsed.error)}`);
    catalogues.set(file.split(path.sep)[1] ?? file, parsed.data);
  }
  return catalogues;
}

/** Every `new AppError('CODE', 'kind', …)` in `source` with a literal code. */
export function raisedCodes(source: string, file: string): RaisedCode[] {
  const pattern = /new AppError(?:<[^>]*>)?\(\s*'(?<code>[A-Z][A-Z0-9_]*)',\s*'(?<kind>[a-z_]+)'/g;
  return [...source.matchAll(pattern)].map(({ groups }) => ({
    code: groups?.['code'] ?? '',
    kind: groups?.['kind'] ?? '',
    file,
  }));
}

function statusOf(code: string, { kind, status }: ErrorCatalogue[string]): number {
  return status ?? statusOfError(new AppError(code, kind, ''));
}

function table(catalogue: ErrorCatalogue): string[] {
  const rows = Object.entries(catalogue)
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([code, entry]) => `| \`${code}\` | ${String(statusOf(code, entry))} | ${entry.kind} | ${entry.meaning} |`);
  return ['| code | status | kind | meaning |', '| --- | --- | --- | --- |', ...rows, ''];
}

function internalTable(raised: readonly RaisedCode[]): string[] {
  const files = Map.groupBy(raised, ({ code, kind }) => `| \`${code}\` | ${kind} |`);
  const rows = [...files]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([row, at]) => `${row} ${[...new Set(at.map(({ file }) => `\`${file}\``))].join(' ')} |`);
  return ['| code | kind | raised in |', '| --- | --- | --- |', ...rows, ''];
}

/** The document over catalogues of services and of the HTTP layer, and over the codes that only logs show. */
export function renderErrorsDocument(
  http: ErrorCatalogue,
  services: ReadonlyMap<string, ErrorCatalogue>,
  raised: readonly RaisedCode[],
): string {
  const catalogued = new Set([http, ...services.values()].flatMap((catalogue) => Object.keys(catalogue)));
  return [
    '# Errors',
    '',
    'Generated from the error catalogues by `yarn generate`; do not edit.',
    '',
    'A refusal is an RFC 9457 problem document. Its `code` is stable and stands below; `type` is',
    '`urn:rideshare:problem:` with the code in lower case and dashes, and `traceId` finds the request in logs and traces.',
    'A kind of `rate_limited`, `timeout` or `unavailable` may be tried again, with the same `Idempotency-Key`.',
    '',
    '## Any route',
    '',
    ...table(http),
    ...[...services].flatMap(([service, catalogue]) => [`## ${service}`, '', ...table(catalogue)]),
    '## In logs only',
    '',
    'Clients see these as `INTERNAL` or as the status of their kind without details.',
    '',
    ...internalTable(raised.filter(({ code }) => !catalogued.has(code))),
  ].join('\n');
}

/** The reference of all error codes. */
export async function generateErrorsDocument(root: string): Promise<Generated> {
  const sources = globSync('{packages,services,apps}/*/src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] });
  const raised = sources
    .toSorted()
    .flatMap((file) => raisedCodes(readFileSync(path.join(root, file), 'utf8'), file.split(path.sep).join('/')));
  const services = await readServiceCatalogues(root);
  return { file: 'docs/errors.md', content: renderErrorsDocument(httpErrorCatalogue, services, raised) };
}
