import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { assert } from '@rideshare/kernel';
import type { BreachedPasswords } from '../usecases/ports.ts';

const FILE = path.join(import.meta.dirname, '..', '..', 'data', 'breached-passwords.txt');

/** The packaged list: one password a line, whatever its case; lines that begin with `#` are remarks. */
export async function loadBreachedPasswords(file = FILE): Promise<BreachedPasswords> {
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim().toLowerCase());
  const known = new Set(lines.filter((line) => line !== '' && !line.startsWith('#')));
  assert(known.size > 0, 'the list of breached passwords is empty');
  return { has: (password) => known.has(password.toLowerCase()) };
}
