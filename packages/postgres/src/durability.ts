import { AppError } from '@rideshare/kernel';
import type { Queryable } from './queryable.ts';

/**
 * Refuses a server that acknowledges what a power cut would lose.
 *
 * @throws `STORE_NOT_DURABLE`, outside of tests.
 */
export async function assertDurable(database: Queryable, environment: string): Promise<void> {
  if (environment === 'test') return;
  const { rows } = await database.query<{ name: string; setting: string }>(
    "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')",
  );
  const unsafe = rows.filter(({ setting }) => setting === 'off').map(({ name }) => `${name}=off`);
  if (unsafe.length > 0) {
    throw new AppError('STORE_NOT_DURABLE', 'invalid', `PostgreSQL may lose acknowledged writes: ${unsafe.join(', ')}`);
  }
}
