import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageAsset } from '../usecases/ports.ts';

const FOLDER = fileURLToPath(new URL('../../public/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The packaged pages, by file name; read once. */
export function readPageAssets(): ReadonlyMap<string, PageAsset> {
  return new Map(
    readdirSync(FOLDER).flatMap((name): [string, PageAsset][] => {
      const contentType = TYPES[path.extname(name)];
      return contentType === undefined ? [] : [[name, { contentType, body: readFileSync(path.join(FOLDER, name)) }]];
    }),
  );
}
