import { emptySchema } from '@rideshare/contracts';
import type { Route } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import type { Clock, IdempotencyStore, StoredResponse } from '@rideshare/kernel';
import express from 'express';
import type { Express, Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { createAuthenticator } from './authenticate.ts';
import type { Authenticator } from './authenticate.ts';
import {
  bySpecificity,
  contextOf,
  createErrorHandler,
  expressPath,
  installEdge,
  installFallbacks,
  refusalHeaders,
} from './edge.ts';
import type { EdgeDeps } from './edge.ts';
import type { AnyAnswer, Call, Endpoint } from './endpoint.ts';
import { executeOnce, idempotencyKey, payloadHash } from './idempotency.ts';
import type { Outcome } from './idempotency.ts';
import { principalKey } from './principal.ts';
import { toProblem } from './problem.ts';
import { parseJson, readBody } from './request-body.ts';
import type { AccessTokenVerifier, ServiceTokens } from './tokens.ts';
import { fieldErrors, validateRequest } from './validate.ts';

const ANYTHING = z.unknown();
/** Proxies that may tell the caller's address: ours, on private networks. */
const TRUSTED_PROXIES = ['loopback', 'linklocal', 'uniquelocal'];

/** What {@link createServiceApp} is built from. */
export interface ServiceAppOptions extends EdgeDeps {
  readonly environment: 'production' | 'development' | 'test';
  readonly clock: Clock;
  readonly endpoints: readonly Endpoint[];
  readonly accessTokens?: AccessTokenVerifier;
  readonly serviceTokens?: Pick<ServiceTokens, 'verify'>;
  /** Without it, `Idempotency-Key` is accepted and has no effect. */
  readonly idempotency?: IdempotencyStore;
  readonly requireIdempotencyKey?: boolean;
  /** Routes beside the inventory, added before the fallbacks. */
  readonly extend?: (app: Express) => void;
}

/**
 * The Express app of a service: every endpoint behind the same checks, in the order in which the API promises to refuse.
 */
export function createServiceApp(options: ServiceAppOptions): Express {
  const app = express();
  app.set('trust proxy', TRUSTED_PROXIES);
  installEdge(app, options);
  const authenticate = createAuthenticator(options);
  const endpoints = options.endpoints.toSorted((a, b) => bySpecificity(a.route, b.route));
  for (const bound of endpoints) {
    const method = bound.route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
    app[method](expressPath(bound.route.path), handle(bound, authenticate, options));
  }
  options.extend?.(app);
  installFallbacks(
    app,
    endpoints.map(({ route }) => route),
  );
  app.use(createErrorHandler(options.logger));
  return app;
}

function schemasOf(route: Route) {
  const ignoresBody = route.method === 'GET';
  return { params: route.params, query: route.query, body: ignoresBody ? ANYTHING : (route.body ?? emptySchema) };
}

function handle(bound: Endpoint, authenticate: Authenticator, options: ServiceAppOptions): RequestHandler {
  const { route, handler } = bound;
  const schemas = schemasOf(route);
  return async (request, response) => {
    contextOf(response).route = route.path;
    const address = request.ip ?? 'unknown';
    const principal = await authenticate(route, request.headers.authorization, address);
    const rawBody = route.method === 'GET' ? Buffer.alloc(0) : await readBody(request, response);
    const body = route.method === 'GET' ? {} : parseJson(rawBody);
    handler.inspect?.(body);
    const parts = validateRequest(schemas, { params: request.params, query: request.query, body });
    const requireKey = options.requireIdempotencyKey ?? false;
    const key = idempotencyKey(route, request.headers['idempotency-key'], requireKey);
    const scope = key === undefined ? undefined : { principal: principalKey(principal), route: route.id, key };
    const callWith = (operation: Call<Route, unknown>['operation']): Call<Route, unknown> => ({
      params: parts.params,
      query: parts.query,
      body: parts.body,
      principal,
      operation,
      requestId: contextOf(response).requestId,
      address,
      headers: request.headers,
      rawBody,
    });
    const outcome = await executeOnce(
      {
        clock: options.clock,
        ids: options.ids,
        store: options.idempotency,
        problemAnswer: (error) => problemAnswer(error, request, response),
      },
      { scope, hash: payloadHash(parts.params, parts.query, parts.body) },
      {
        run: (operation) => handler.run(callWith(operation)),
        respond: (result, operation) => checked(route, handler.respond(result, callWith(operation)), options),
      },
    );
    send(outcome, response);
  };
}

function problemAnswer(error: AppError, request: Request, response: Response): StoredResponse {
  const body = toProblem(error, { instance: request.path, traceId: contextOf(response).traceId });
  return {
    status: body.status,
    headers: { 'Content-Type': 'application/problem+json', ...refusalHeaders(error) },
    body,
  };
}

/** Outside production an answer that breaks its own contract is a failure, so that no test can miss it. */
function checked(route: Route, answer: AnyAnswer, options: ServiceAppOptions): AnyAnswer {
  if (options.environment === 'production') return answer;
  const schema = route.responses[answer.status];
  if (schema === undefined) {
    throw new AppError('RESPONSE_CONTRACT_BROKEN', 'internal', `${route.id} has no answer ${String(answer.status)}`);
  }
  const parsed = (schema ?? z.undefined()).safeParse(answer.body);
  if (parsed.success) return answer;
  const where = fieldErrors(parsed.error, '').map(({ pointer, detail }) => `${pointer}: ${detail}`);
  throw new AppError('RESPONSE_CONTRACT_BROKEN', 'internal', `${route.id} broke its contract at ${where.join('; ')}`);
}

function send({ response: stored, replayed }: Outcome, response: Response): void {
  response.status(stored.status).set(stored.headers);
  if (replayed) response.set('Idempotency-Replayed', 'true');
  if (stored.body === null) response.end();
  else if (stored.headers['Content-Type'] === undefined) response.json(stored.body);
  else response.end(JSON.stringify(stored.body));
}
