import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServiceTokens } from '@rideshare/http';
import { systemClock } from '@rideshare/kernel/system';
import { silentLogger } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase } from '@rideshare/testing';
import supertest from 'supertest';
import { userConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';
import { tokenKey, tokenKeyFile } from './token-key-file.ts';
import type { TokenKeyFile } from './token-key-file.ts';

export const ADMINISTRATOR = { email: 'admin@rideshare.local', password: 'local-admin-only' };
export const PASSWORD = 'correct horse battery';
const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');

/** A person with a session. */
export interface SignedIn {
  readonly id: string;
  readonly email: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** The user service in this process, on a database of its own. */
export interface RunningUser {
  readonly url: string;
  readonly request: ReturnType<typeof supertest>;
  readonly database: Database;
  readonly tokenKeys: TokenKeyFile;
  readonly env: Readonly<Record<string, string>>;
  register(email?: string): Promise<{ readonly id: string; readonly email: string }>;
  signIn(email: string, password?: string, headers?: Readonly<Record<string, string>>): Promise<SignedIn>;
  /** Registers and signs in. */
  person(): Promise<SignedIn>;
  administrator(): Promise<SignedIn>;
  /** A token of another service. */
  serviceToken(): Promise<string>;
  /** Ends the service and starts it again on the same data. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

function serviceKeyFiles(directory: string) {
  const caller = tokenKey('driver');
  const own = tokenKey('user');
  const publicKeys = [caller, own].map(({ d: _private, status: _status, ...key }) => key);
  const files = { own: path.join(directory, 'own.json'), all: path.join(directory, 'all.json') };
  writeFileSync(files.own, JSON.stringify(own));
  writeFileSync(files.all, JSON.stringify({ keys: publicKeys }));
  const tokens = createServiceTokens({
    service: 'driver',
    privateKey: caller,
    publicKeys: { keys: publicKeys },
    clock: systemClock,
  });
  return { files, tokens };
}

/** Starts the service; `env` overrides its variables. */
export async function startUser(
  options: { readonly env?: Readonly<Record<string, string>>; readonly logger?: Logger } = {},
): Promise<RunningUser> {
  const testDatabase = await createTestDatabase({ migrate: { schema: 'user', dir: MIGRATIONS } });
  const directory = mkdtempSync(path.join(tmpdir(), 'rideshare-user-'));
  const tokenKeys = tokenKeyFile({ keys: [tokenKey('first')] });
  const { files, tokens } = serviceKeyFiles(directory);
  const database = createDatabase({ url: testDatabase.url, applicationName: 'user-test' });
  const env = {
    ENVIRONMENT: 'test',
    PORT: '0',
    DATABASE_URL: testDatabase.url,
    SERVICE_PRIVATE_KEY_FILE: files.own,
    SERVICE_PUBLIC_KEYS_FILE: files.all,
    TOKEN_KEYS_FILE: tokenKeys.path,
    REFRESH_TOKEN_SECRET: 'the secret of these tests, long enough',
    ADMIN_EMAIL: ADMINISTRATOR.email,
    ADMIN_PASSWORD: ADMINISTRATOR.password,
    ...options.env,
  };
  const start = (more: Readonly<Record<string, string>> = {}) =>
    startService(userConfig.load({ ...env, ...more }), { logger: options.logger ?? silentLogger });
  let service = await start();
  let people = 0;

  const running: RunningUser = {
    get url() {
      return service.url;
    },
    get request() {
      return supertest(service.url);
    },
    database,
    tokenKeys,
    env,
    async register(email = `person-${String((people += 1))}@example.com`) {
      const body = { email, password: PASSWORD, firstName: 'Rita', lastName: 'Rocha' };
      const answer = await running.request.post('/api/users').send(body).expect(201);
      return { id: answer.body.id as string, email };
    },
    async signIn(email, password = PASSWORD, headers = {}) {
      const answer = await running.request.post('/api/auth/login').set(headers).send({ email, password }).expect(200);
      const { accessToken, refreshToken, user } = answer.body as SignedIn & { user: { id: string } };
      return { id: user.id, email, accessToken, refreshToken };
    },
    async person() {
      return running.signIn((await running.register()).email);
    },
    administrator: () => running.signIn(ADMINISTRATOR.email, ADMINISTRATOR.password),
    serviceToken: () => tokens.issue(),
    async restart(more) {
      await service.close();
      service = await start(more);
    },
    async close() {
      await service.close();
      await database.close();
      await testDatabase.drop();
      tokenKeys.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return running;
}

/** The header of a bearer token. */
export function bearer({ accessToken }: { readonly accessToken: string }): { readonly authorization: string } {
  return { authorization: `Bearer ${accessToken}` };
}

/** Waits until `look` finds something, for at most fifteen seconds. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error('it did not happen within fifteen seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
