import { routeInventory } from '@rideshare/contracts';
import type { Route } from '@rideshare/contracts';
import type { Cast, Principal, PrincipalName, Ride } from './cast.ts';
import type { Group, Policy, Relation } from './policy.ts';
import { NOBODY } from './scene.ts';

/** Whose the object of a request is: the caller's, another's, nobody's, or there is none. */
export type Scope = 'own' | 'other' | 'absent' | 'none';

/** How a request has to end. */
export type Verdict =
  | { readonly kind: 'may' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string };

/** One request of the matrix. */
export interface Case {
  readonly name: string;
  readonly principal: Principal;
  readonly scope: Scope;
  readonly verdict: Verdict;
  readonly target: string;
  readonly body: unknown;
}

const GROUPS: Readonly<Record<PrincipalName, readonly Group[]>> = {
  anonymous: [],
  expired: [],
  rider: ['people', 'rider'],
  otherRider: ['people', 'rider'],
  driver: ['people', 'rider'],
  otherDriver: ['people', 'rider'],
  support: ['people', 'rider', 'support'],
  admin: ['people', 'rider', 'admin'],
  // a token is not looked up: it says for its quarter of an hour what it said when it was made
  suspended: ['people', 'rider'],
  deactivated: ['people', 'rider'],
  service: ['service'],
};

const refused = (status: number, code: string): Verdict => ({ kind: 'refused', status, code });

/** The route of the inventory that a row is about. */
export function routeOf({ route: id }: Policy): Route {
  const route = routeInventory.find((each) => each.id === id);
  if (!route) throw new Error(`the inventory has no route ${id}`);
  return route;
}

function ownRide(cast: Cast, { person }: Principal): Ride | undefined {
  return cast.rides.find(({ driver, rider }) => [rider.id, driver.id].includes(person?.id ?? ''));
}

function relationTo({ object }: Policy, cast: Cast, principal: Principal): Relation | undefined {
  if (object?.kind === 'account') return principal.person ? 'self' : undefined;
  const ride = ownRide(cast, principal);
  if (!ride) return undefined;
  const isDriver = ride.driver.id === principal.person?.id;
  if (object?.kind === 'driver') return isDriver ? 'self' : 'passenger';
  return isDriver ? 'driver' : 'rider';
}

/** What has to become of a request, from the policy alone. */
export function judge(policy: Policy, cast: Cast, principal: Principal, scope: Scope): Verdict {
  const { object, who } = policy;
  if (who === 'anyone' || who === 'signed') return { kind: 'may' };
  if (principal.name === 'anonymous') return refused(401, 'TOKEN_MISSING');
  const groups = GROUPS[principal.name];
  if (!groups.some((group) => who.includes(group))) {
    return groups.includes('people') ? refused(403, 'ROLE_REQUIRED') : refused(401, 'TOKEN_INVALID');
  }
  if (!object) return { kind: 'may' };
  const relation = scope === 'own' ? relationTo(policy, cast, principal) : undefined;
  const isOfParty = relation !== undefined && object.for.includes(relation);
  if (scope !== 'absent' && (isOfParty || groups.some((group) => object.also?.includes(group)))) return { kind: 'may' };
  return object.refusal === 'empty' ? { kind: 'empty' } : refused(...object.refusal);
}

function valuesFor(cast: Cast, principal: Principal, scope: Scope): Record<string, string> {
  const own = ownRide(cast, principal);
  const [first, second] = cast.rides;
  const another = own === first ? second : first;
  const ride = scope === 'own' ? (own ?? another) : another;
  const values = {
    account: scope === 'own' ? (principal.person?.id ?? NOBODY) : another.rider.id,
    ...{ driver: ride.driver.id, trip: ride.tripId, offer: ride.offerId, payment: ride.paymentId },
    ...{ method: ride.methodId, document: ride.documentId, email: first.rider.email, password: first.rider.password },
  };
  if (scope !== 'absent') return values;
  return Object.fromEntries(Object.keys(values).map((name) => [name, NOBODY]));
}

function scopesOf({ object }: Policy, cast: Cast, principal: Principal): readonly Scope[] {
  if (!object) return ['none'];
  const hasOwn = object.kind === 'account' ? principal.person !== undefined : ownRide(cast, principal) !== undefined;
  return hasOwn ? ['own', 'other', 'absent'] : ['other', 'absent'];
}

/** Every principal with every kind of object, for one row of the policy. */
export function casesOf(policy: Policy, cast: Cast): readonly Case[] {
  const route = routeOf(policy);
  return cast.principals.flatMap((principal) =>
    scopesOf(policy, cast, principal).map((scope): Case => {
      const values = valuesFor(cast, principal, scope);
      const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => fill(policy.params?.[name] ?? ''));
      return {
        name: `${route.method} ${route.path} by ${principal.name} on ${scope}`,
        ...{ principal, scope, verdict: judge(policy, cast, principal, scope) },
        target: policy.query === undefined ? path : `${path}?${fill(policy.query)}`,
        body: policy.body === undefined ? undefined : (JSON.parse(fill(JSON.stringify(policy.body))) as unknown),
      };
    }),
  );
}
