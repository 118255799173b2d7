import type { Role } from '@rideshare/contracts';
import { httpError } from './problem.ts';

/** Who makes a request. */
export type Principal =
  | { readonly kind: 'user'; readonly userId: string; readonly roles: readonly Role[] }
  | { readonly kind: 'service'; readonly service: string }
  | { readonly kind: 'anonymous'; readonly address: string };

/**
 * The signed-in person.
 *
 * @throws `ROLE_REQUIRED` when the caller is no person.
 */
export function userId(principal: Principal): string {
  if (principal.kind !== 'user') throw httpError('ROLE_REQUIRED', 'Only a person can do this.');
  return principal.userId;
}

/** Whether the caller is a person with this role. */
export function hasRole(principal: Principal, role: Role): boolean {
  return principal.kind === 'user' && principal.roles.includes(role);
}

/** The caller as one string, the scope of idempotency keys. */
export function principalKey(principal: Principal): string {
  switch (principal.kind) {
    case 'user':
      return `user:${principal.userId}`;
    case 'service':
      return `service:${principal.service}`;
    case 'anonymous':
      return `address:${principal.address}`;
  }
}
