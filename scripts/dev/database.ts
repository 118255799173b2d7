import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { provision } from '@rideshare/postgres';
import { migrateAll } from '../migrate.ts';
import { keepPostgres } from './keep-postgres.ts';
import { SERVICES } from './layout.ts';
import type { Layout } from './layout.ts';

const DATABASE = 'rideshare';

/** The database of a run. */
export interface DevelopmentDatabase {
  /** One a service, and `admin`. */
  readonly urls: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Passwords of the roles outlive a restart with the data they belong to. */
function passwords(dataDir: string): Record<string, string> {
  const file = path.join(dataDir, 'keys', 'database.json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
  const all = Object.fromEntries(SERVICES.map((name) => [name, kept[name] ?? randomBytes(18).toString('base64url')]));
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  return all;
}

function urlFor(adminUrl: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = password;
  url.pathname = `/${DATABASE}`;
  return url.href;
}

/**
 * Starts the embedded PostgreSQL, unless `DATABASE_URL` names another, and brings every schema up to date. A server of ours that
 * crashes is started again.
 */
export async function openDatabase(
  layout: Layout,
  configured: string | undefined,
  say: (line: string) => void,
): Promise<DevelopmentDatabase> {
  mkdirSync(layout.dataDir, { recursive: true });
  const server =
    configured === undefined
      ? await keepPostgres({ dataDir: path.join(layout.dataDir, 'postgres'), port: layout.ports.postgres }, say)
      : undefined;
  const adminUrl = server?.url('postgres') ?? configured ?? '';
  const roles = passwords(layout.dataDir);
  try {
    await provision({
      adminUrl,
      database: DATABASE,
      services: SERVICES.map((name) => ({
        schema: name,
        role: name,
        password: roles[name] ?? '',
        log: name === 'gateway' ? ('reader' as const) : ('writer' as const),
      })),
    });
    const urls = Object.fromEntries(SERVICES.map((name) => [name, urlFor(adminUrl, name, roles[name] ?? '')]));
    const admin = new URL(adminUrl);
    admin.pathname = `/${DATABASE}`;
    const all = { ...urls, admin: admin.href };
    await migrateAll(all);
    return {
      urls: all,
      stop: () => server?.stop() ?? Promise.resolve(),
    };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}
