import type { Environment } from '@rideshare/config';
import type { Route } from '@rideshare/contracts';
import { isAppError } from '@rideshare/kernel';
import type { AppError, Ids, StoredResponse } from '@rideshare/kernel';
import { redactText } from '@rideshare/observability';
import type { HealthMonitor, Logger, Metrics, Probe } from '@rideshare/observability';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { asAppError, httpError, statusOfError, toProblem } from './problem.ts';
import { serverTraceparent, traceIdOfParent } from './trace-context.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** Telephone and card numbers, coordinates. */
const NUMBER = /^[\d.-]{7,}$/;
const UNMATCHED = 'unmatched';

/** What is known of a request from its first moment. */
export interface RequestContext {
  readonly requestId: string;
  readonly traceId: string;
  /** The template of the matched route; the `route` label of the request's metrics. */
  route: string;
}

interface ContextLocals {
  context?: RequestContext;
}

/** The context that {@link installEdge} gave a response. */
export function contextOf(response: Response): RequestContext {
  const { context } = response.locals as ContextLocals;
  if (!context) throw httpError('INTERNAL', 'the request has no context: installEdge was not called first');
  return context;
}

/** What every app needs at its edge. */
export interface EdgeDeps {
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: HealthMonitor;
  /** Only production tells browsers to come by HTTPS alone, which is also what is assumed. */
  readonly environment?: Environment;
  /** False where the port is open to the world: `/metrics` is then served elsewhere. */
  readonly servesMetrics?: boolean;
}

/** Express path of an inventory path. */
export function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Literal paths before parameters, so that `/drivers/nearby` is no driver id. */
export function bySpecificity(a: { readonly path: string }, b: { readonly path: string }): number {
  const parameters = (path: string) => path.split('{').length;
  return parameters(a.path) - parameters(b.path) || (a.path < b.path ? -1 : 1);
}

/** Paths that are neither traced nor counted: probes would drown the traffic of people. */
const PROBES = ['/health', '/health/live', '/health/ready', '/health/startup'] as const;
const OPERATIONAL: ReadonlySet<string> = new Set([...PROBES, '/metrics']);

/** Node shows the first of several; which of them counts must not depend on who reads, so together they are no token. */
function joinCredentials(request: Request): void {
  const all = request.headersDistinct['authorization'] ?? [];
  if (all.length > 1) request.headers.authorization = all.join(', ');
}

/** What a caller calls its request is logged: neither a number of theirs nor a token may be. */
function isRequestId(text: string): boolean {
  return REQUEST_ID.test(text) && !NUMBER.test(text) && redactText(text) === text;
}

function openContext(ids: Ids): RequestHandler {
  return (request, response, next) => {
    joinCredentials(request);
    const asked = request.headers['x-request-id'];
    const requestId = typeof asked === 'string' && isRequestId(asked) ? asked : ids.next();
    const incoming = request.headers['traceparent'];
    const traceparent = serverTraceparent(typeof incoming === 'string' ? incoming : undefined);
    const context: RequestContext = { requestId, traceId: traceIdOfParent(traceparent), route: UNMATCHED };
    (response.locals as ContextLocals).context = context;
    response.set('X-Request-Id', requestId);
    response.set('Cache-Control', 'no-store');
    if (!OPERATIONAL.has(request.path)) response.set('traceparent', traceparent);
    next();
  };
}

/**
 * Request id, trace, security headers, health, metrics and the counting of requests: what every app begins with.
 *
 * @remarks Answers are `no-store` unless their handler says otherwise.
 */
export function installEdge(app: Express, deps: EdgeDeps): void {
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('query parser', 'simple');
  app.use(openContext(deps.ids));
  const { environment = 'production' } = deps;
  app.use(helmet(environment === 'production' ? {} : { strictTransportSecurity: false }));
  installOperational(app, deps);
  app.use((request, response, next) => {
    deps.metrics.observeHttp(request, response, () => contextOf(response).route);
    next();
  });
}

function sendProbe(response: Response, probe: Probe): void {
  response.status(probe.ok ? 200 : 503).json(probe.ok ? { status: 'ok' } : { status: 'no', reason: probe.reason });
}

function installMetrics(app: Express, metrics: Metrics): void {
  app.get('/metrics', async (_request, response) => {
    const { contentType, body } = await metrics.render();
    response.set('Content-Type', contentType).end(body);
  });
  app.all('/metrics', methodNotAllowed(['GET']));
}

function installOperational(app: Express, { health, metrics, servesMetrics = true }: EdgeDeps): void {
  app.get('/health', async (_request, response) => {
    const report = await health.report();
    response.status(report.status === 'unhealthy' ? 503 : 200).json(report);
  });
  app.get('/health/live', (_request, response) => sendProbe(response, health.live()));
  app.get('/health/ready', async (_request, response) => sendProbe(response, await health.ready()));
  app.get('/health/startup', (_request, response) => sendProbe(response, health.startup()));
  if (servesMetrics) installMetrics(app, metrics);
  app.all([...PROBES], methodNotAllowed(['GET']));
}

/** Refuses what the path does not answer to; mounted behind the methods that it does. */
export function methodNotAllowed(methods: readonly string[]): RequestHandler {
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return (request, response) => {
    response.set('Allow', allow);
    throw httpError('METHOD_NOT_ALLOWED', `${request.method} is not allowed here; use ${allow}.`);
  };
}

/** 405 with `Allow` for what a path of `known` does not answer to; behind its own methods, and before any less literal path. */
export function refuseOtherMethods(app: Express, path: string, known: readonly Route[]): void {
  const refuse = methodNotAllowed(known.map((route) => route.method));
  app.all(expressPath(path), (request, response, next) => {
    contextOf(response).route = path;
    return refuse(request, response, next);
  });
}

/** 404 for whatever is left; after every route. */
export function installFallbacks(app: Express): void {
  app.use(() => {
    throw httpError('ROUTE_NOT_FOUND', 'No such route.');
  });
}

/** Refusals that an operator asks about; the others are between a caller and its own mistakes. */
const NOTED: ReadonlySet<number> = new Set([403, 409, 410, 429]);

function log(logger: Logger, error: AppError, request: Request, response: Response): void {
  const { requestId, route, traceId } = contextOf(response);
  const fields = { requestId, method: request.method, route, code: error.code, trace_id: traceId };
  const status = statusOfError(error);
  if (status >= 500) logger.error('a request failed', { ...fields, error });
  else logger[NOTED.has(status) ? 'info' : 'debug']('a request was refused', { ...fields, detail: error.message });
}

function fromExpress(thrown: unknown): AppError {
  // Express answers undecodable paths itself, with a status on the error
  if (!isAppError(thrown) && (thrown as { status?: unknown } | null)?.status === 400) {
    return httpError('MALFORMED_REQUEST', 'The path could not be decoded.', { cause: thrown });
  }
  return asAppError(thrown);
}

/** Headers that go with a refusal. */
export function refusalHeaders(error: AppError): Record<string, string> {
  const status = statusOfError(error);
  const retryAfterS = error.retryAfterS ?? (status === 503 || status === 429 ? 1 : undefined);
  return {
    ...(retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) }),
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="rideshare"' } : {}),
  };
}

/** The answer to an error, as it is sent and kept. */
export function problemAnswer(error: AppError, request: Request, response: Response): StoredResponse {
  const instance = request.originalUrl.split('?', 1)[0] ?? '/';
  const problem = toProblem(error, { instance, traceId: contextOf(response).traceId });
  const headers = { 'Content-Type': 'application/problem+json', ...refusalHeaders(error) };
  return { status: problem.status, headers, body: problem };
}

/** Turns whatever was thrown into a problem document; the last middleware of an app. */
export function createErrorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const error = fromExpress(thrown);
    log(logger, error, request, response);
    if (response.headersSent) {
      // too late for a document; a cut connection is not taken for a whole answer
      response.destroy();
      return;
    }
    const { status, headers, body } = problemAnswer(error, request, response);
    response.status(status).set(headers);
    // what was not read of the body must not be taken for the next request
    if (status === 413) response.set('Connection', 'close');
    response.end(JSON.stringify(body));
  };
}
