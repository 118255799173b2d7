import type { MemoryDatabase } from '@rideshare/memory';
import type { PaymentCensus } from '../usecases/ports.ts';
import { isActive, readUnsettledOps, readUnsettledPayments } from './payment-tables.memory.ts';

/** Counts payments in memory, for the metrics. */
export function createMemoryPaymentCensus(database: MemoryDatabase): PaymentCensus {
  return {
    countActive: () =>
      database.read((reader) => readUnsettledPayments(reader).filter(({ payment }) => isActive(payment)).length),
    oldestDoubtS: () =>
      database.read((reader) => {
        const sent = readUnsettledOps(reader).flatMap(({ op, sentAt }) =>
          op.state === 'unknown' && sentAt ? [sentAt.getTime()] : [],
        );
        return sent.length === 0 ? 0 : (database.now().getTime() - Math.min(...sent)) / 1_000;
      }),
  };
}
