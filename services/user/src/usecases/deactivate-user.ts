import type { Operation } from '@rideshare/kernel';
import { deactivateAccount } from '../domain/account.ts';
import type { Account } from '../domain/account.ts';
import { requireTouchable } from './caller.ts';
import type { Caller } from './caller.ts';
import type { AccountStore } from './ports.ts';

/** Closes an account for ever and ends its sessions; closing it again changes nothing. */
export async function deactivateUser(
  deps: { readonly accounts: AccountStore },
  operation: Operation<Account>,
  command: { readonly accountId: string; readonly caller: Caller },
): Promise<Account> {
  const { caller, accountId } = command;
  requireTouchable(caller, accountId);
  const by = caller.userId === accountId ? 'self' : 'admin';
  return deps.accounts.change(operation, accountId, (current) =>
    deactivateAccount(current, by, { kind: 'user', userId: caller.userId }, operation.at),
  );
}
