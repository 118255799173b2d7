import type { Operation } from '@rideshare/kernel';
import { replacePreferences as replaced } from '../domain/account.ts';
import type { Account, Preferences } from '../domain/account.ts';
import { requireOwn } from './caller.ts';
import type { AccountStore } from './ports.ts';

/** Replaces the caller's own preferences. */
export async function replacePreferences(
  deps: { readonly accounts: AccountStore },
  operation: Operation<Account>,
  command: { readonly accountId: string; readonly callerId: string; readonly preferences: Preferences },
): Promise<Account> {
  requireOwn(command.callerId, command.accountId);
  return deps.accounts.change(operation, command.accountId, (current) =>
    replaced(current, command.preferences, operation.at),
  );
}
