import { createHash } from 'node:crypto';
import type { Route } from '@rideshare/contracts';
import { canonicalJson, isAppError } from '@rideshare/kernel';
import type {
  AppError,
  Clock,
  Ids,
  IdempotencyScope,
  IdempotencyStore,
  Operation,
  Recovery,
  StoredResponse,
  Transaction,
} from '@rideshare/kernel';
import { createOperation } from '@rideshare/kernel/system';
import type { AnyAnswer } from './endpoint.ts';
import { asAppError, httpError, statusOfError } from './problem.ts';

/** Longest a handler may hold a key before another request may take it over; longer than any handler's deadline. */
const LEASE_MS = 30_000;
const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;

/** What an idempotent execution needs from its app. */
export interface IdempotencyDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly store: IdempotencyStore | undefined;
  /** The answer to a refusal, as it would be sent. */
  readonly problemAnswer: (error: AppError) => StoredResponse;
}

/** One execution: what `run` does with an operation, and how its result is answered. */
export interface Execution {
  readonly run: (operation: Operation) => Promise<unknown>;
  readonly respond: (result: unknown, operation: Operation) => AnyAnswer;
}

/** An answer, and whether it is the kept one of an earlier request. */
export interface Outcome {
  readonly response: StoredResponse;
  readonly replayed: boolean;
}

/**
 * The `Idempotency-Key` of a request, where its route honours one.
 *
 * @throws `IDEMPOTENCY_KEY_INVALID`, `IDEMPOTENCY_KEY_REQUIRED`.
 */
export function idempotencyKey(
  route: Route,
  header: string | string[] | undefined,
  keyRequired: boolean,
): string | undefined {
  if (route.idempotency === 'none') return undefined;
  if (header === undefined) {
    if (keyRequired && route.keyMayBeRequired) {
      throw httpError('IDEMPOTENCY_KEY_REQUIRED', 'Send an Idempotency-Key header with this request.');
    }
    return undefined;
  }
  if (typeof header !== 'string' || !KEY_PATTERN.test(header)) {
    throw httpError('IDEMPOTENCY_KEY_INVALID', 'Idempotency-Key is 1 to 255 visible ASCII characters.');
  }
  return header;
}

/** The hash that tells whether two requests with one key ask for the same. */
function payloadHash(payload: unknown): string {
  return createHash('sha256').update(canonicalJson(payload)).digest('hex');
}

function toStored(answer: AnyAnswer): StoredResponse {
  return { status: answer.status, headers: answer.headers ?? {}, body: answer.body ?? null };
}

/** Refusals that the execution decided are kept; what may come out otherwise next time is not. */
function isDecided(error: AppError): boolean {
  const status = statusOfError(error);
  if (error.retryable || isValidation(error)) return false;
  return status < 500 && status !== 401 && status !== 403 && status !== 429 && error.code !== 'IDEMPOTENCY_IN_PROGRESS';
}

/** Members that only the handler can judge fail like those of the schema: the corrected request may use the key. */
function isValidation(error: unknown): boolean {
  return isAppError(error) && error.code === 'VALIDATION_FAILED';
}

/** Nothing was written under the recovery point: to go on with its time would only revive what has passed since. */
function startsAnew(error: unknown): boolean {
  return isAppError(error) && error.startsAnew;
}

function takenOver(): AppError {
  return httpError('OPERATION_TAKEN_OVER', 'another process holds this request', { retryAfterS: 1 });
}

/** Carries a request out once per key; without a key, once. */
export async function executeOnce(
  deps: IdempotencyDeps,
  request: { readonly scope: IdempotencyScope | undefined; readonly payload: unknown },
  execution: Execution,
): Promise<Outcome> {
  const fresh = { seed: deps.ids.next(), at: deps.clock.now() };
  const { store } = deps;
  if (!request.scope || !store) {
    const operation = createOperation(fresh);
    const result = await execution.run(operation);
    return { response: toStored(execution.respond(result, operation)), replayed: false };
  }
  const { scope } = request;
  const claim = await store.begin(scope, payloadHash(request.payload), fresh, LEASE_MS);
  switch (claim.outcome) {
    case 'replay':
      return { response: claim.response, replayed: true };
    case 'mismatch':
      throw httpError('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used with another request.');
    case 'in_progress':
      throw httpError('IDEMPOTENCY_IN_PROGRESS', 'The first request with this Idempotency-Key is still running.', {
        retryAfterS: claim.retryAfterS,
      });
    case 'started':
      return executeClaimed({ ...deps, store }, scope, claim, execution);
  }
}

async function executeClaimed(
  deps: IdempotencyDeps & { readonly store: IdempotencyStore },
  scope: IdempotencyScope,
  claim: { readonly token: string; readonly recovery: Recovery },
  execution: Execution,
): Promise<Outcome> {
  const finish = async (response: StoredResponse, transaction?: Transaction): Promise<StoredResponse> => {
    if (!(await deps.store.finish(scope, claim.token, response, transaction))) throw takenOver();
    return response;
  };
  let sealed: StoredResponse | undefined;
  const operation: Operation = createOperation(claim.recovery, {
    seal: async (transaction, result) => {
      sealed = await finish(toStored(execution.respond(result, operation)), transaction);
    },
  });
  const carryOut = async (): Promise<StoredResponse> => {
    try {
      const result = await execution.run(operation);
      // what was kept is what is sent: a replay can then not differ from the first answer
      return sealed ?? (await finish(toStored(execution.respond(result, operation))));
    } catch (thrown) {
      const error = asAppError(thrown);
      if (!isDecided(error)) throw error;
      return finish(deps.problemAnswer(error));
    }
  };
  try {
    return { response: await carryOut(), replayed: false };
  } catch (error) {
    // where even this fails, the lease runs out by itself; the caller is to hear of the first failure
    await deps.store
      .reset(scope, claim.token, { forget: isValidation(error) || startsAnew(error) })
      .catch(() => undefined);
    throw error;
  }
}
