/** A store's open transaction, opaque to everything but the store's adapters. */
export interface Transaction {
  readonly kind: string;
}

/**
 * One command being carried out: by a request (with or without an idempotency key), an event or a sweeper.
 *
 * @remarks A retry of the same request, a redelivery of the same event and the takeover of a crashed handler all see the
 * same `at` and the same ids, so every step of the command can be repeated without a second effect.
 */
export interface Operation<Result = unknown> {
  /** The time of the command, fixed when it was first tried. */
  readonly at: Date;
  /** A UUIDv7 that is always the same for this operation and `name`. */
  id(name: string): string;
  /** Set when the effect must join a transaction that is already open (a consumer's, with its inbox and offset). */
  readonly transaction?: Transaction;
  /**
   * Records the command as done, in the transaction of its effect. Called by the store, once, as the last step.
   *
   * @throws `OPERATION_TAKEN_OVER` when another process has taken the command over; the transaction must roll back.
   */
  seal(transaction: Transaction, result: Result): Promise<void>;
}

/** An operation for a step whose outcome is turned into the command's result by `toResult`. */
export function operationFor<Result, Step>(
  operation: Operation<Result>,
  toResult: (step: Step) => Result,
): Operation<Step> {
  return {
    at: operation.at,
    id: (name) => operation.id(name),
    ...(operation.transaction ? { transaction: operation.transaction } : {}),
    seal: (transaction, step) => operation.seal(transaction, toResult(step)),
  };
}

/** What identifies one idempotent request. */
export interface IdempotencyScope {
  /** The caller: a user or service, or an address on anonymous routes. */
  readonly principal: string;
  readonly route: string;
  readonly key: string;
}

/** The answer kept under an idempotency key. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What fixes the ids and the time of an operation before its first write. */
export interface Recovery {
  readonly seed: string;
  readonly at: Date;
}

/** What {@link IdempotencyStore.begin} found. */
export type IdempotencyClaim =
  | { readonly outcome: 'started'; readonly token: string; readonly recovery: Recovery; readonly resumed: boolean }
  | { readonly outcome: 'replay'; readonly response: StoredResponse }
  | { readonly outcome: 'in_progress'; readonly retryAfterS: number }
  | { readonly outcome: 'mismatch' };

/** The durable memory of idempotent requests, in the authoritative store of a service. */
export interface IdempotencyStore {
  /** Claims the key for `leaseMs`, or tells what became of it. `payloadHash` covers the canonical body. */
  begin(scope: IdempotencyScope, payloadHash: string, fresh: Recovery, leaseMs: number): Promise<IdempotencyClaim>;
  /** Keeps the answer, in `transaction` where there is one; false when another holder has the token by now. */
  finish(scope: IdempotencyScope, token: string, response: StoredResponse, transaction?: Transaction): Promise<boolean>;
  /** Gives the key back without an answer; its recovery point stays unless `forget` is set. */
  reset(scope: IdempotencyScope, token: string, options?: { readonly forget?: boolean }): Promise<void>;
}
