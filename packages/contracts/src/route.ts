import type { z } from 'zod';
import type { Role } from './primitives.ts';

/** The service that answers a route. */
export type Owner = 'gateway' | 'user' | 'driver' | 'trip' | 'payment' | 'notification';

/**
 * Who may call a route.
 *
 * `anyone` needs no token · `user` any signed-in person · a role that role · `service` a service token on the public
 * path · `internal` service tokens alone, never routed by the gateway · `signed` a webhook that carries its own signature.
 */
export type Caller = 'anyone' | 'user' | Role | 'service' | 'internal' | 'signed';

/**
 * Whose object a route touches, for the authorisation matrix: another's object answers 404.
 * `self` the person in the path · `party` rider or driver of the trip · the others one side of it · `none` nobody's.
 */
export type Ownership = 'none' | 'self' | 'party' | 'rider' | 'driver';

/** The rate limit class of a route; `none` is for health, metrics and internal routes. */
export type RateClass = 'anonymous_auth' | 'read' | 'write' | 'location' | 'none';

/** What a route does with `Idempotency-Key`: `optional` honours it, `none` has no state to protect. */
export type IdempotencyMode = 'optional' | 'none';

/** One endpoint: everything the gateway, the services, the documents and the tests need to agree on. */
export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Responses extends Readonly<Record<number, z.ZodType | null>> = Readonly<Record<number, z.ZodType | null>>,
> {
  /** camelCase and unique: the operation id of the OpenAPI document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `{name}` parameters, as OpenAPI writes them. Also the `route` metric label. */
  readonly path: string;
  readonly owner: Owner;
  readonly callers: readonly Caller[];
  readonly ownership: Ownership;
  /** Roles that may touch another's object. */
  readonly overrides: readonly Role[];
  readonly rateClass: RateClass;
  readonly idempotency: IdempotencyMode;
  /** One of the three routes whose key `PAYMENTS_REQUIRE_IDEMPOTENCY_KEY=1` makes mandatory. */
  readonly keyMayBeRequired: boolean;
  readonly summary: string;
  readonly tag: string;
  readonly params: Params;
  readonly query: Query;
  /** `null` when the route takes no body. */
  readonly body: Body | null;
  /** Success statuses and their bodies; `null` is an empty body. */
  readonly responses: Responses;
  /** Error codes of its own, beside the ones every route has. */
  readonly errors: readonly string[];
}

type Optional = 'ownership' | 'overrides' | 'rateClass' | 'idempotency' | 'keyMayBeRequired' | 'errors';

/** Declares a route; reads default to the `read` class without idempotency, everything else to `write` with it. */
export function defineRoute<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  const Responses extends Readonly<Record<number, z.ZodType | null>>,
>(
  route: Omit<Route<Params, Query, Body, Responses>, Optional> & Partial<Pick<Route, Optional>>,
): Route<Params, Query, Body, Responses> {
  const reads = route.method === 'GET';
  return {
    ownership: 'none',
    overrides: [],
    rateClass: reads ? 'read' : 'write',
    idempotency: reads ? 'none' : 'optional',
    keyMayBeRequired: false,
    errors: [],
    ...route,
  };
}
