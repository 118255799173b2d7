import type { Operation } from '@rideshare/kernel';
import { isAppError } from '@rideshare/kernel';
import type { Account } from '../domain/account.ts';
import type { UserErrorCode } from '../domain/errors.ts';
import { registerUser } from './register-user.ts';
import type { RegisterUserDeps } from './register-user.ts';

const TAKEN: UserErrorCode = 'EMAIL_TAKEN';

/**
 * Opens the first administrator's account, unless an account has that e-mail address. An existing one is never promoted:
 * whoever registers the address first would become administrator.
 */
export async function ensureAdministrator(
  deps: RegisterUserDeps,
  operation: Operation<Account>,
  administrator: { readonly email: string; readonly password: string },
): Promise<'created' | 'exists' | 'not_an_administrator'> {
  const existing = await deps.accounts.findCredentials(administrator.email);
  if (existing) return existing.account.roles.includes('admin') ? 'exists' : 'not_an_administrator';
  try {
    await registerUser(deps, operation, {
      ...administrator,
      profile: { firstName: 'First', lastName: 'Administrator', phone: null },
      roles: ['rider', 'admin'],
    });
    return 'created';
  } catch (error) {
    // another instance that starts at the same time was quicker
    if (isAppError(error) && error.code === TAKEN) return 'exists';
    throw error;
  }
}
