import type { Secret } from '@rideshare/config';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';

// a check reads whole tables, and nobody waits for it
const STATEMENT_TIMEOUT_MS = 300_000;

/** The stores as the checks read them: two at a time, and whole tables without a detour over their indexes. */
export function openDatabase(url: Secret): Database {
  return createDatabase({
    url,
    applicationName: 'auditor',
    poolMax: 2,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    readsWholeTables: true,
  });
}
