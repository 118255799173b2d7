import { createHash } from 'node:crypto';
import { stringify } from 'uuid';
import type { Operation, Recovery, Transaction } from '../operation.ts';

/**
 * A UUIDv7 whose time is `at` and whose random part is derived from `seed` and `name` (RFC 9562, section 5.7).
 */
export function derivedId({ seed, at }: Recovery, name: string): string {
  const bytes = createHash('sha256').update(`${seed}\n${name}`).digest().subarray(0, 16);
  bytes.writeUIntBE(at.getTime(), 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return stringify(bytes);
}

/** An {@link Operation} from its recovery point; without `seal` there is nothing to record. */
export function createOperation<Result = unknown>(
  recovery: Recovery,
  options: {
    readonly transaction?: Transaction;
    readonly seal?: (transaction: Transaction, result: Result) => Promise<void>;
  } = {},
): Operation<Result> {
  return {
    at: recovery.at,
    id: (name) => derivedId(recovery, name),
    ...(options.transaction ? { transaction: options.transaction } : {}),
    seal: options.seal ?? (() => Promise.resolve()),
  };
}
