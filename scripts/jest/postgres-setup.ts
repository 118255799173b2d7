import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../pg/free-port.ts';
import { startPostgres } from '../pg/postgres.ts';
import type { RunningPostgres } from '../pg/postgres.ts';

/** What the teardown finds again. */
export interface TestPostgres {
  readonly stop: () => Promise<void>;
}

// between finding a free port and binding it another process may be quicker
const ATTEMPTS = 3;

async function start(dataDir: string, attempt = 1): Promise<RunningPostgres> {
  try {
    return await startPostgres({ dataDir, port: await freePort(), disposable: true });
  } catch (error) {
    const portTaken = error instanceof Error && error.message.includes('Address already in use');
    if (!portTaken || attempt === ATTEMPTS) throw error;
    return start(dataDir, attempt + 1);
  }
}

/** One disposable server for the whole run; a test file makes itself a database on it (`createTestDatabase`). */
export default async function setup(): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'rideshare-pg-'));
  chmodSync(directory, 0o755); // the server may run as another user
  const postgres = await start(path.join(directory, 'data')).catch((error: unknown) => {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  });
  const running: TestPostgres = {
    stop: async () => {
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  (globalThis as { __testPostgres?: TestPostgres }).__testPostgres = running;
  process.env['TEST_PG_URL'] = postgres.url('postgres');
}
