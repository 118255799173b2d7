import type { Operation, Transaction } from '@rideshare/kernel';
import { createOperation } from '@rideshare/kernel/system';
import { START } from './builders.ts';

/** An operation that remembers what it was sealed with. */
export function sealedOperation<Result>(
  seed: string,
  options: { readonly at?: string; readonly refuse?: Error } = {},
): Operation<Result> & { readonly sealed: Result[] } {
  const sealed: Result[] = [];
  const operation = createOperation<Result>(
    { seed, at: new Date(options.at ?? START) },
    {
      seal: (_transaction: Transaction, result: Result) => {
        if (options.refuse) return Promise.reject(options.refuse);
        sealed.push(result);
        return Promise.resolve();
      },
    },
  );
  return { ...operation, sealed };
}
