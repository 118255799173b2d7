import type { Operation } from '@rideshare/kernel';
import { replaceProfile } from '../domain/account.ts';
import type { Account, Profile } from '../domain/account.ts';
import { requireTouchable } from './caller.ts';
import type { Caller } from './caller.ts';
import type { AccountStore } from './ports.ts';

/** Replaces the editable profile, for its owner and for administrators. */
export async function replaceUser(
  deps: { readonly accounts: AccountStore },
  operation: Operation<Account>,
  command: { readonly accountId: string; readonly caller: Caller; readonly profile: Profile },
): Promise<Account> {
  requireTouchable(command.caller, command.accountId);
  return deps.accounts.change(operation, command.accountId, (current) =>
    replaceProfile(current, command.profile, operation.at),
  );
}
