import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Environment } from '@rideshare/config';
import { emptySchema } from '@rideshare/contracts';
import type { Route } from '@rideshare/contracts';
import type { AppError, Clock, Ids, IdempotencyStore, StoredResponse } from '@rideshare/kernel';
import { z } from 'zod';
import type { AnyAnswer, Call, Endpoint } from './endpoint.ts';
import { executeOnce, idempotencyKey } from './idempotency.ts';
import type { Outcome } from './idempotency.ts';
import { principalKey } from './principal.ts';
import type { Principal } from './principal.ts';
import { httpError } from './problem.ts';
import { fieldErrors, validateRequest } from './validate.ts';
import type { RequestParts } from './validate.ts';

const ANYTHING = z.unknown();

/** A request that has come to its endpoint, by whatever way. */
export interface ArrivedRequest extends RequestParts {
  readonly principal: Principal;
  readonly requestId: string;
  /** The caller's network address. */
  readonly address: string;
  readonly headers: IncomingHttpHeaders;
  /** The body's bytes, for signatures. */
  readonly rawBody: Buffer;
}

/** What answers are made with. */
export interface AnswerDeps {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Without it, `Idempotency-Key` is accepted and has no effect. */
  readonly idempotency?: IdempotencyStore | undefined;
  readonly requireIdempotencyKey?: boolean | undefined;
  /** The answer to a refusal, as it would be sent. */
  readonly problemAnswer: (error: AppError) => StoredResponse;
}

/**
 * Answers a request whose caller is known: key, shape, the endpoint's own work once per key, its answer.
 *
 * @throws What the endpoint refuses with, where it is not kept under the key.
 */
export async function answerRequest(
  { route, handler }: Endpoint,
  request: ArrivedRequest,
  deps: AnswerDeps,
): Promise<Outcome> {
  const { principal } = request;
  const key = idempotencyKey(route, request.headers['idempotency-key'], deps.requireIdempotencyKey ?? false);
  handler.inspect?.(request.body);
  const parts = validateRequest(schemasOf(route), request);
  const scope =
    key === undefined ? undefined : { principal: principalKey(principal), route: route.id, key: digestOf(key) };
  const callWith = (operation: Call<Route, unknown>['operation']): Call<Route, unknown> => ({
    params: parts.params,
    query: parts.query,
    body: parts.body,
    principal,
    operation,
    requestId: request.requestId,
    address: request.address,
    headers: request.headers,
    rawBody: request.rawBody,
  });
  return executeOnce(
    { clock: deps.clock, ids: deps.ids, store: deps.idempotency, problemAnswer: deps.problemAnswer },
    { scope, payload: parts },
    {
      run: (operation) => handler.run(callWith(operation)),
      respond: (result, operation) => checked(route, handler.respond(result, callWith(operation)), deps.environment),
    },
  );
}

/** Keys are compared, never read: what a client took for one, an address or a token even, is not kept as it came. */
function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function schemasOf(route: Route) {
  const ignoresBody = route.method === 'GET';
  return { params: route.params, query: route.query, body: ignoresBody ? ANYTHING : (route.body ?? emptySchema) };
}

/** Outside production an answer that breaks its own contract is a failure, so that no test can miss it. */
function checked(route: Route, answer: AnyAnswer, environment: Environment): AnyAnswer {
  if (environment === 'production') return answer;
  const schema = route.responses[answer.status];
  if (schema === undefined) {
    throw httpError('RESPONSE_CONTRACT_BROKEN', `${route.id} has no answer ${String(answer.status)}`);
  }
  const parsed = (schema ?? z.undefined()).safeParse(answer.body);
  if (parsed.success) return answer;
  const where = fieldErrors(parsed.error, '').map(({ pointer, detail }) => `${pointer}: ${detail}`);
  throw httpError('RESPONSE_CONTRACT_BROKEN', `${route.id} broke its contract at ${where.join('; ')}`);
}
