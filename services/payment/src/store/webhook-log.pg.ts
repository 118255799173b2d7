import type { Database } from '@rideshare/postgres';
import type { StoreHooks, WebhookLog } from '../usecases/ports.ts';

/** The webhooks that were taken in, in PostgreSQL. */
export function createPgWebhookLog(database: Database, hooks: Pick<StoreHooks, 'onDue'>): WebhookLog {
  return {
    receive: ({ gateway, eventId, pspKey }) =>
      database.transaction(async (tx) => {
        const { rowCount } = await tx.query(
          `insert into webhook_events (gateway, event_id, psp_key) values ($1, $2, $3)
           on conflict (gateway, event_id) do nothing`,
          [gateway, eventId, pspKey],
          { name: 'webhook_insert' },
        );
        if (rowCount === 0) return false;
        const due = await tx.query(
          `update payment_ops set
             next_at = case state when 'unknown' then clock_timestamp() else next_at end,
             recheck_at = case state when 'failed' then clock_timestamp() end
           where psp_key = $1 and state in ('unknown', 'failed')`,
          [pspKey],
          { name: 'webhook_due' },
        );
        if (due.rowCount > 0) {
          tx.afterCommit(() => {
            hooks.onDue();
          });
        }
        return true;
      }),
  };
}
