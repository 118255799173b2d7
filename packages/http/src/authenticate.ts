import type { Caller, Route } from '@rideshare/contracts';
import type { Principal } from './principal.ts';
import { httpError } from './problem.ts';
import type { AccessTokenVerifier, ServiceTokens } from './tokens.ts';

/** Finds out who calls a route and whether they may. */
export type Authenticator = (route: Route, authorization: string | undefined, address: string) => Promise<Principal>;

const BEARER = /^Bearer +([\w\-.~+/]+=*)$/i;
const SERVICE_CALLERS: ReadonlySet<Caller> = new Set(['internal', 'service']);

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw httpError('TOKEN_MISSING', 'Send Authorization: Bearer <access token>.');
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw httpError('TOKEN_INVALID', 'The Authorization header is not a bearer token.');
  return token;
}

function mayCall(route: Route, principal: Principal): boolean {
  if (principal.kind !== 'user') return true;
  return route.callers.some((caller) => caller === 'user' || principal.roles.some((role) => role === caller));
}

async function firstValid(
  token: string,
  verifiers: readonly ((token: string) => Promise<Principal>)[],
): Promise<Principal> {
  let refusal: unknown = httpError('TOKEN_INVALID', 'The token is not valid here.');
  for (const verify of verifiers) {
    try {
      return await verify(token);
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

/**
 * An {@link Authenticator}. Routes for anyone, and webhooks that carry their own signature, look at no token.
 */
export function createAuthenticator(deps: {
  readonly accessTokens?: AccessTokenVerifier;
  readonly serviceTokens?: Pick<ServiceTokens, 'verify'>;
}): Authenticator {
  return async (route, authorization, address) => {
    if (route.callers.includes('anyone') || route.callers.includes('signed')) return { kind: 'anonymous', address };
    const token = bearerToken(authorization);
    const { accessTokens, serviceTokens } = deps;
    const forServices = route.callers.some((caller) => SERVICE_CALLERS.has(caller));
    const forPeople = route.callers.some((caller) => !SERVICE_CALLERS.has(caller));
    const principal = await firstValid(token, [
      ...(forServices && serviceTokens ? [(text: string) => serviceTokens.verify(text)] : []),
      ...(forPeople && accessTokens ? [(text: string) => accessTokens.verify(text)] : []),
    ]);
    if (!mayCall(route, principal)) {
      throw httpError('ROLE_REQUIRED', `This needs one of the roles: ${route.callers.join(', ')}.`);
    }
    return principal;
  };
}
