import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A private key as the file of token keys holds it. */
export function tokenKey(kid: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig', status: 'active', ...more };
}

/** A file of token keys that a test rewrites. */
export interface TokenKeyFile {
  readonly path: string;
  /** Puts another file in its place, in one step, as a rotation does. */
  write(content: unknown): void;
  remove(): void;
}

/** A file of token keys in a directory of its own. */
export function tokenKeyFile(content: unknown): TokenKeyFile {
  const directory = mkdtempSync(path.join(tmpdir(), 'rideshare-keys-'));
  const file = path.join(directory, 'keys.json');
  const write = (value: unknown): void => {
    writeFileSync(`${file}.new`, typeof value === 'string' ? value : JSON.stringify(value), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  write(content);
  return { path: file, write, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
