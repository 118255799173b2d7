import type { Database } from '@rideshare/postgres';
import type { PaymentCensus } from '../usecases/ports.ts';

/** Counts payments, for the metrics. */
export function createPgPaymentCensus(database: Database): PaymentCensus {
  return {
    async countActive() {
      const { rows } = await database.query<{ count: number }>(
        `select count(*) as count from payments where status in ('pending', 'authorized', 'unknown')`,
      );
      return rows[0]?.count ?? 0;
    },
    async oldestDoubtS() {
      const { rows } = await database.query<{ age_s: number }>(
        `select coalesce(extract(epoch from clock_timestamp() - min(sent_at)), 0)::float8 as age_s
         from payment_ops where state = 'unknown'`,
      );
      return rows[0]?.age_s ?? 0;
    },
  };
}
