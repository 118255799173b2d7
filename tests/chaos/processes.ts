import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { ServiceName } from '../../scripts/dev/layout.ts';
import { patiently } from './patiently.ts';
import type { Platform } from './platform.ts';

const PROBE_TIMEOUT_MS = 2_000;

/** The process of a service: a child of the runner that was started under its name. */
function pidOf({ pid }: Platform, service: ServiceName): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, rest = ''] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ');
      if (Number(rest.split(' ')[1]) !== pid) continue;
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      if (environment.includes(`SERVICE_NAME=${service}`)) return Number(name);
    } catch {
      // it ended while it was looked at
    }
  }
  return undefined;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}

/** The process of a service that listens, as soon as there is one: a fault is to strike what works. */
export function workingProcess(platform: Platform, service: ServiceName): Promise<number> {
  return patiently(`a process of ${service} that answers`, async () => {
    const pid = pidOf(platform, service);
    if (pid === undefined) return undefined;
    const live = await answers(`${platform.urlOf(service)}/health/live`);
    return live && pidOf(platform, service) === pid ? pid : undefined;
  });
}

/** Resolves when the runner has another process of the service than this one. */
export async function nextProcess(platform: Platform, service: ServiceName, pid: number): Promise<void> {
  await patiently(`another process of ${service}`, () => {
    const next = pidOf(platform, service);
    return next === undefined || next === pid ? undefined : next;
  });
}

/** Resolves when the service takes requests. */
export async function untilReady(platform: Platform, service: ServiceName): Promise<void> {
  await patiently(`${service} being ready`, async () =>
    (await answers(`${platform.urlOf(service)}/health/ready`)) ? true : undefined,
  );
}

async function query<Row extends pg.QueryResultRow>(platform: Platform, text: string, values: unknown[] = []) {
  const client = new pg.Client({ connectionString: platform.databaseUrl, connectionTimeoutMillis: PROBE_TIMEOUT_MS });
  // a server that goes away meanwhile is what this is about: the query fails then
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Ends the database's sessions of a service, as soon as there are any; how many there were. */
export function killBackends(platform: Platform, service: ServiceName): Promise<number> {
  return patiently(`sessions of ${service}`, async () => {
    const rows = await query(
      platform,
      'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and pid <> pg_backend_pid()',
      [service],
    ).catch(() => []);
    return rows.length === 0 ? undefined : rows.length;
  });
}

function postmasterOf({ layout }: Platform): number | undefined {
  try {
    const [pid] = readFileSync(path.join(layout.dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n');
    return Number(pid) || undefined;
  } catch {
    return undefined; // there is none at the moment
  }
}

/** The database's first process, as soon as it serves. */
export function workingPostmaster(platform: Platform, otherThan?: number): Promise<number> {
  return patiently('a database that answers', async () => {
    const pid = postmasterOf(platform);
    if (pid === undefined || pid === otherThan) return undefined;
    const served = await query(platform, 'select 1').catch(() => []);
    return served.length === 1 && postmasterOf(platform) === pid ? pid : undefined;
  });
}
