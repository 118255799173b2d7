import type { Route } from '@rideshare/contracts';
import { isAppError } from '@rideshare/kernel';
import type { AppError, Ids } from '@rideshare/kernel';
import type { HealthMonitor, Logger, Metrics } from '@rideshare/observability';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { asAppError, httpError, statusOfError, toProblem } from './problem.ts';
import { serverTraceparent, traceIdOfParent } from './trace-context.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;
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

/** Request id, trace, metrics and security headers: the first middleware of an app, after the operational routes. */
export function installEdge(app: Express, deps: EdgeDeps): void {
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(operational(deps));
  app.use(helmet());
  app.use((request, response, next) => {
    const asked = request.headers['x-request-id'];
    const requestId = typeof asked === 'string' && REQUEST_ID.test(asked) ? asked : deps.ids.next();
    const traceparent = serverTraceparent(request.headers['traceparent'] as string | undefined);
    const context: RequestContext = { requestId, traceId: traceIdOfParent(traceparent), route: UNMATCHED };
    (response.locals as ContextLocals).context = context;
    response.set('X-Request-Id', requestId);
    response.set('traceparent', traceparent);
    const started = process.hrtime.bigint();
    // `close`, not `finish`: an aborted request is a request too
    response.once('close', () => {
      deps.metrics.observeHttp({
        method: request.method,
        route: context.route,
        statusCode: response.statusCode,
        durationS: Number(process.hrtime.bigint() - started) / 1e9,
      });
    });
    next();
  });
}

function operational({ health, metrics }: EdgeDeps): RequestHandler {
  return async (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      next();
      return;
    }
    const send = (answer: { readonly statusCode: number; readonly body: object }) => {
      response.status(answer.statusCode).set('Cache-Control', 'no-store').json(answer.body);
    };
    switch (request.path) {
      case '/health':
        send(await health.report());
        return;
      case '/health/live':
        send(await health.live());
        return;
      case '/health/ready':
        send(await health.ready());
        return;
      case '/health/startup':
        send(await health.startup());
        return;
      case '/metrics': {
        const rendered = await metrics.render();
        response.set('Content-Type', rendered.contentType).end(rendered.body);
        return;
      }
      default:
        next();
    }
  };
}

/** 405 with `Allow` for known paths, 404 for the rest; after every route. */
export function installFallbacks(app: Express, routes: readonly Route[]): void {
  const methods = Map.groupBy(routes, (route) => route.path);
  for (const [path, known] of methods) {
    const allow = known.map((route) => route.method).join(', ');
    app.all(expressPath(path), (request, response) => {
      contextOf(response).route = path;
      response.set('Allow', allow);
      throw httpError('METHOD_NOT_ALLOWED', `${request.method} is not allowed here; use ${allow}.`);
    });
  }
  app.use(() => {
    throw httpError('ROUTE_NOT_FOUND', 'No such route.');
  });
}

function log(logger: Logger, error: AppError, request: Request, response: Response): void {
  const { requestId, route } = contextOf(response);
  const fields = { requestId, method: request.method, route, code: error.code };
  if (statusOfError(error) >= 500) logger.error('a request failed', { ...fields, error });
  else logger.debug('a request was refused', { ...fields, detail: error.message });
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

/** Turns whatever was thrown into a problem document; the last middleware of an app. */
export function createErrorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = fromExpress(thrown);
    log(logger, error, request, response);
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = toProblem(error, { instance: request.path, traceId: contextOf(response).traceId });
    response.status(problem.status).set(refusalHeaders(error));
    response.set('Content-Type', 'application/problem+json').end(JSON.stringify(problem));
  };
}
