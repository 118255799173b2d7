import type { MemoryDatabase, MemoryTransaction } from '@rideshare/memory';
import type { StoreHooks, WebhookLog } from '../usecases/ports.ts';
import { opByPspKey, putOp, webhookEvents } from './payment-tables.memory.ts';

/** Makes the operation with that key due to be asked about; false when nobody wants to know. */
function makeDue(tx: MemoryTransaction, pspKey: string): boolean {
  const file = opByPspKey(tx, pspKey);
  const now = tx.database.now();
  if (file?.op.state === 'unknown') putOp(tx, { ...file, nextAt: now, recheckAt: null });
  else if (file?.op.state === 'failed') putOp(tx, { ...file, recheckAt: now });
  else return false;
  return true;
}

/** The webhooks that were taken in, in memory. */
export function createMemoryWebhookLog(database: MemoryDatabase, hooks: Pick<StoreHooks, 'onDue'>): WebhookLog {
  return {
    receive: ({ gateway, eventId, pspKey }) =>
      database.transaction((tx) => {
        const name = JSON.stringify([gateway, eventId]);
        if (tx.get(webhookEvents, name)) return false;
        tx.put(webhookEvents, name, { name, receivedAt: database.now() });
        if (pspKey !== null && makeDue(tx, pspKey)) {
          tx.afterCommit(() => {
            hooks.onDue();
          });
        }
        return true;
      }),
  };
}
