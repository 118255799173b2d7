import type { userSchema } from '@rideshare/contracts';
import type { Account } from '../domain/account.ts';

/** The account as its owner and the operators see it. */
export function userView(account: Account): ReturnType<(typeof userSchema)['parse']> {
  return {
    id: account.id,
    email: account.email,
    firstName: account.profile.firstName,
    lastName: account.profile.lastName,
    phone: account.profile.phone,
    roles: [...account.roles],
    status: account.status,
    createdAt: account.createdAt.toISOString(),
    updatedAt: account.updatedAt.toISOString(),
  };
}
