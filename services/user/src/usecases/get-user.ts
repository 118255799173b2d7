import type { Account } from '../domain/account.ts';
import { userNotFound } from '../domain/errors.ts';
import { requireTouchable } from './caller.ts';
import type { Caller } from './caller.ts';
import type { AccountStore } from './ports.ts';

/** Reads an account, for its owner and for administrators. */
export async function getUser(
  deps: { readonly accounts: AccountStore },
  query: { readonly accountId: string; readonly caller: Caller },
): Promise<Account> {
  requireTouchable(query.caller, query.accountId);
  const account = await deps.accounts.find(query.accountId);
  if (!account) throw userNotFound();
  return account;
}
