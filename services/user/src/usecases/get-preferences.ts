import type { Preferences } from '../domain/account.ts';
import { userNotFound } from '../domain/errors.ts';
import { requireOwn } from './caller.ts';
import type { AccountStore } from './ports.ts';

/** Reads the caller's own preferences. */
export async function getPreferences(
  deps: { readonly accounts: AccountStore },
  query: { readonly accountId: string; readonly callerId: string },
): Promise<Preferences> {
  requireOwn(query.callerId, query.accountId);
  const account = await deps.accounts.find(query.accountId);
  if (!account) throw userNotFound();
  return account.preferences;
}
