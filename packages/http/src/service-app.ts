import type { Environment } from '@rideshare/config';
import { buildOpenApi, emptySchema } from '@rideshare/contracts';
import type { Route } from '@rideshare/contracts';
import type { Clock, IdempotencyStore } from '@rideshare/kernel';
import express from 'express';
import type { Express, RequestHandler, Response } from 'express';
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
  methodNotAllowed,
  problemAnswer,
} from './edge.ts';
import type { EdgeDeps } from './edge.ts';
import type { AnyAnswer, Call, Endpoint } from './endpoint.ts';
import { executeOnce, idempotencyKey } from './idempotency.ts';
import type { Outcome } from './idempotency.ts';
import { principalKey } from './principal.ts';
import { httpError } from './problem.ts';
import { parseJson, readBody } from './request-body.ts';
import type { AccessTokenVerifier, ServiceTokens } from './tokens.ts';
import { fieldErrors, validateRequest } from './validate.ts';

const ANYTHING = z.unknown();
/** Proxies that may tell the caller's address: ours, on private networks. */
const TRUSTED_PROXIES = ['loopback', 'linklocal', 'uniquelocal'];

/** What {@link createServiceApp} is built from. */
export interface ServiceAppOptions extends EdgeDeps {
  /** Stands in the title of `/openapi.json`. */
  readonly service?: string;
  readonly version?: string;
  readonly environment: Environment;
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
  const routes = options.endpoints.map(({ route }) => route);
  installOpenApi(app, routes, options);
  const endpoints = options.endpoints.toSorted((a, b) => bySpecificity(a.route, b.route));
  for (const [path, siblings] of Map.groupBy(endpoints, ({ route }) => route.path)) {
    const mounted = app.route(expressPath(path)).all((_request, response, next) => {
      contextOf(response).route = path;
      next();
    });
    for (const bound of siblings) {
      const method = bound.route.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
      mounted[method](handle(bound, authenticate, options));
    }
    // at once, so that a wrong method on /payments/refund is not taken for a payment called refund
    mounted.all(methodNotAllowed(siblings.map(({ route }) => route.method)));
  }
  options.extend?.(app);
  installFallbacks(app, []);
  app.use(createErrorHandler(options.logger));
  return app;
}

function installOpenApi(app: Express, routes: readonly Route[], options: ServiceAppOptions): void {
  const { service = 'service', version = '0.0.0' } = options;
  let document: object | undefined;
  app.get('/openapi.json', (_request, response) => {
    contextOf(response).route = '/openapi.json';
    document ??= buildOpenApi(routes, { title: `Rideshare: ${service}`, version });
    response.json(document);
  });
}

function schemasOf(route: Route) {
  const ignoresBody = route.method === 'GET';
  return { params: route.params, query: route.query, body: ignoresBody ? ANYTHING : (route.body ?? emptySchema) };
}

function handle(bound: Endpoint, authenticate: Authenticator, options: ServiceAppOptions): RequestHandler {
  const { route, handler } = bound;
  const schemas = schemasOf(route);
  return async (request, response) => {
    const address = request.ip ?? 'unknown';
    const principal = await authenticate(route, request.headers.authorization, address);
    const rawBody = route.method === 'GET' ? Buffer.alloc(0) : await readBody(request, response);
    const body = route.method === 'GET' ? {} : parseJson(rawBody);
    const requireKey = options.requireIdempotencyKey ?? false;
    const key = idempotencyKey(route, request.headers['idempotency-key'], requireKey);
    handler.inspect?.(body);
    const parts = validateRequest(schemas, { params: request.params, query: request.query, body });
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
      { scope, payload: parts },
      {
        run: (operation) => handler.run(callWith(operation)),
        respond: (result, operation) => checked(route, handler.respond(result, callWith(operation)), options),
      },
    );
    send(outcome, response);
  };
}

/** Outside production an answer that breaks its own contract is a failure, so that no test can miss it. */
function checked(route: Route, answer: AnyAnswer, options: ServiceAppOptions): AnyAnswer {
  if (options.environment === 'production') return answer;
  const schema = route.responses[answer.status];
  if (schema === undefined) {
    throw httpError('RESPONSE_CONTRACT_BROKEN', `${route.id} has no answer ${String(answer.status)}`);
  }
  const parsed = (schema ?? z.undefined()).safeParse(answer.body);
  if (parsed.success) return answer;
  const where = fieldErrors(parsed.error, '').map(({ pointer, detail }) => `${pointer}: ${detail}`);
  throw httpError('RESPONSE_CONTRACT_BROKEN', `${route.id} broke its contract at ${where.join('; ')}`);
}

function send({ response: stored, replayed }: Outcome, response: Response): void {
  response.status(stored.status).set(stored.headers);
  if (replayed) response.set('Idempotency-Replayed', 'true');
  const type = response.get('Content-Type');
  if (stored.body === null) response.end();
  else if (type === undefined) response.json(stored.body);
  // a text of another type, a report as CSV say, is sent as it is
  else
    response.end(typeof stored.body === 'string' && !type.includes('json') ? stored.body : JSON.stringify(stored.body));
}
