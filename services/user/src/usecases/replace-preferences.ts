import type { Operation } from '@rideshare/kernel';
import { replacePreferences as replaced } from '../domain/account.ts';
import type { Account, Preferences } from '../domain/account.ts';
import { userNotFound } from '../domain/errors.ts';
import type { AccountStore } from './ports.ts';

/** Replaces the caller's own preferences. */
export async function replacePreferences(
  deps: { readonly accounts: AccountStore },
  operation: Operation<Account>,
  command: { readonly accountId: string; readonly callerId: string; readonly preferences: Preferences },
): Promise<Account> {
  const account =
    command.callerId === command.accountId
      ? await deps.accounts.change(operation, command.accountId, (current) =>
          replaced(current, command.preferences, operation.at),
        )
      : undefined;
  if (!account) throw userNotFound();
  return account;
}
