import { operationFor } from '@rideshare/kernel';
import type { Database, Queryable } from '@rideshare/postgres';
import type { Quote } from '../domain/quote.ts';
import type { QuoteStore } from '../usecases/ports.ts';

/** Quotes as rows; the same id is the same quote, so writing one again changes nothing. */
export function createPgQuoteStore(database: Database): QuoteStore {
  const insert = async (on: Queryable, { inputs, signature }: Quote): Promise<void> => {
    await on.query(
      `insert into quotes (id, rider_id, inputs, signature, expires_at) values ($1, $2, $3, $4, $5)
       on conflict (id) do nothing`,
      [inputs.quoteId, inputs.riderId, JSON.stringify(inputs), signature, inputs.expiresAt],
      { name: 'quote_save' },
    );
  };
  return {
    save: async (quote, operation) => {
      if (!operation) {
        await insert(database, quote);
        return;
      }
      const sealed = operationFor(operation, () => quote);
      await database.atomic(sealed, (tx) => insert(tx, quote));
    },
    find: async (quoteId) => {
      const { rows } = await database.query<Quote>('select inputs, signature from quotes where id = $1', [quoteId], {
        name: 'quote_find',
      });
      return rows[0];
    },
  };
}
