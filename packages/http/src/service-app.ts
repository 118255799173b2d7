import type { Environment } from '@rideshare/config';
import { buildOpenApi } from '@rideshare/contracts';
import type { Route } from '@rideshare/contracts';
import type { Clock, IdempotencyStore } from '@rideshare/kernel';
import express from 'express';
import type { Express, RequestHandler, Response } from 'express';
import { answerRequest } from './answer.ts';
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
import type { Endpoint } from './endpoint.ts';
import type { Outcome } from './idempotency.ts';
import { parseJson, readBody } from './request-body.ts';
import type { AccessTokenVerifier, ServiceTokens } from './tokens.ts';

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
  installFallbacks(app);
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

function handle(bound: Endpoint, authenticate: Authenticator, options: ServiceAppOptions): RequestHandler {
  const { route } = bound;
  return async (request, response) => {
    const address = request.ip ?? 'unknown';
    const principal = await authenticate(route, request.headers.authorization, address);
    const rawBody = route.method === 'GET' ? Buffer.alloc(0) : await readBody(request, response);
    const body = route.method === 'GET' ? {} : parseJson(rawBody);
    const { params, query, headers } = request;
    const { requestId } = contextOf(response);
    const outcome = await answerRequest(
      bound,
      { principal, requestId, address, headers, params, query, body, rawBody },
      { ...options, problemAnswer: (error) => problemAnswer(error, request, response) },
    );
    send(outcome, response);
  };
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
