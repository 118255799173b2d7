import type { Operation } from '@rideshare/kernel';
import { registerAccount } from '../domain/account.ts';
import type { Account, Profile, Role } from '../domain/account.ts';
import { emailTaken, passwordBreached } from '../domain/errors.ts';
import type { AccountStore, BreachedPasswords, PasswordPool, Passwords, Signals } from './ports.ts';

export interface RegisterUserDeps {
  readonly accounts: AccountStore;
  readonly passwords: Passwords;
  readonly passwordPool: PasswordPool;
  readonly breachedPasswords: BreachedPasswords;
  readonly signals: Signals;
}

export interface RegisterUser {
  readonly email: string;
  readonly password: string;
  readonly profile: Profile;
  readonly roles: readonly Role[];
}

/** Opens an account. */
export async function registerUser(
  deps: RegisterUserDeps,
  operation: Operation<Account>,
  command: RegisterUser,
): Promise<Account> {
  if (deps.breachedPasswords.has(command.password)) throw passwordBreached();
  // asked before the hash is made, so that a repeated sign-up costs no place in the pool; the unique index decides
  if (await deps.accounts.isEmailTaken(command.email)) throw emailTaken();
  const passwordHash = await deps.passwordPool.run(() => deps.passwords.hash(command.password));
  const change = registerAccount({
    id: operation.id('account'),
    email: command.email,
    profile: command.profile,
    roles: command.roles,
    at: operation.at,
  });
  if ((await deps.accounts.create(operation, change, passwordHash)) === 'email_taken') throw emailTaken();
  deps.signals.registered();
  return change.account;
}
