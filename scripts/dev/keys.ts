import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICES } from './layout.ts';

/** Where the keys of a development platform lie, and its secrets. */
export interface DevelopmentKeys {
  readonly privateKeyFile: (service: string) => string;
  readonly publicKeysFile: string;
  readonly tokenKeysFile: string;
  readonly secrets: Readonly<Record<string, string>>;
}

const SECRETS = ['START_CODE_SECRET', 'QUOTE_SECRET', 'REFRESH_TOKEN_SECRET', 'PSP_KEY_SECRET', 'WEBHOOK_SECRET'];
const CALLERS = [...SERVICES, 'auditor'];

function writePrivate(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
}

function readOrMake(file: string, make: () => unknown): unknown {
  if (!existsSync(file)) writePrivate(file, make());
  return JSON.parse(readFileSync(file, 'utf8'));
}

function makeKey(kid: string): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' };
}

function publicPart({ d: _private, ...key }: Record<string, unknown>): Record<string, unknown> {
  return key;
}

/** The keys below `dataDir`, made where they are missing; what is there is kept, so that sessions outlive a restart. */
export function developmentKeys(dataDir: string): DevelopmentKeys {
  const folder = path.join(dataDir, 'keys');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const privateKeyFile = (service: string) => path.join(folder, `${service}.jwk.json`);
  const keys = CALLERS.map(
    (service) => readOrMake(privateKeyFile(service), () => makeKey(service)) as Record<string, unknown>,
  );
  const publicKeysFile = path.join(folder, 'services.jwks.json');
  writePrivate(publicKeysFile, { keys: keys.map(publicPart) });
  const tokenKeysFile = path.join(folder, 'access-tokens.jwks.json');
  readOrMake(tokenKeysFile, () => ({
    keys: [{ ...makeKey(`at-${randomBytes(4).toString('hex')}`), status: 'active' }],
  }));
  const secretsFile = path.join(folder, 'secrets.json');
  const kept = readOrMake(secretsFile, () => ({})) as Record<string, string>;
  const secrets = Object.fromEntries(
    SECRETS.map((name) => [name, kept[name] ?? randomBytes(32).toString('base64url')]),
  );
  writePrivate(secretsFile, secrets);
  return { privateKeyFile, publicKeysFile, tokenKeysFile, secrets };
}
