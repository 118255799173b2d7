import type { Route } from '@rideshare/contracts';
import { addressBlock, BODY_BYTES_MAX, contextOf, httpError, principalKey } from '@rideshare/http';
import type { Authenticator, Principal } from '@rideshare/http';
import type { Request, RequestHandler, Response } from 'express';
import type { LoadShedder, Tier } from '../domain/load-shedding.ts';
import type { RateLimiter } from '../usecases/ports.ts';

/** What every route behind the gateway passes through. */
export interface GuardDeps {
  readonly authenticate: Authenticator;
  readonly limiter: RateLimiter;
  readonly shedder: LoadShedder;
}

/** Trips in progress and money: shed last. */
const CRITICAL: ReadonlySet<string> = new Set([
  'changeTripStatus',
  'declineOffer',
  'getTrip',
  'listOffers',
  'createPayment',
  'refundPayment',
  'receiveWebhook',
]);

/** The tier in which a route is shed. */
export function tierOf(route: Route): Tier {
  if (route.rateClass === 'anonymous_auth') return 'auth';
  return CRITICAL.has(route.id) ? 'critical' : 'normal';
}

/** Whose limit it is. Who has a network of IPv6 could send each request from another of its addresses. */
function limitKey(principal: Principal): string {
  if (principal.kind !== 'anonymous') return principalKey(principal);
  return principalKey({ ...principal, address: addressBlock(principal.address) });
}

/** Takes one request off the caller's limit. */
export async function takeFromLimit(
  limiter: RateLimiter,
  route: Route,
  principal: Principal,
  response: Response,
): Promise<void> {
  if (route.rateClass === 'none') return;
  const verdict = await limiter.take(route.rateClass, limitKey(principal));
  response.set('RateLimit-Limit', String(verdict.limit));
  response.set('RateLimit-Remaining', String(verdict.remaining));
  response.set('RateLimit-Reset', String(verdict.resetS));
  if (verdict.allowed) return;
  throw httpError('RATE_LIMITED', `More than ${String(verdict.limit)} requests a minute of this kind.`, {
    retryAfterS: verdict.resetS,
  });
}

/** Size and type are refused here already; what has no declared length is bounded by the service behind. */
function checkBody(request: Request): void {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > BODY_BYTES_MAX) {
    throw httpError('BODY_TOO_LARGE', `The body is larger than ${String(BODY_BYTES_MAX)} bytes.`);
  }
  const hasBody = length > 0 || request.headers['transfer-encoding'] !== undefined;
  if (hasBody && !request.is('application/json')) {
    throw httpError('CONTENT_TYPE_UNSUPPORTED', 'Send the body as application/json.');
  }
}

/** A route of a service behind the gateway: token, role, rate, size and type are checked here, the rest over there. */
export function makeProxiedRoute(route: Route, proxy: RequestHandler, deps: GuardDeps): RequestHandler {
  const tier = tierOf(route);
  return async (request, response, next) => {
    contextOf(response).route = route.path;
    const leave = deps.shedder.enter(tier);
    if (!leave) throw httpError('OVERLOADED', 'too many requests are under way', { retryAfterS: 1 });
    response.once('close', leave);
    const principal = await deps.authenticate(route, request.headers.authorization, request.ip ?? 'unknown');
    await takeFromLimit(deps.limiter, route, principal, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') checkBody(request);
    await proxy(request, response, next);
  };
}
