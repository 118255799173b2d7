import type { Preferences } from '../domain/account.ts';
import { userNotFound } from '../domain/errors.ts';
import type { AccountStore } from './ports.ts';

/** Reads the caller's own preferences. */
export async function getPreferences(
  deps: { readonly accounts: AccountStore },
  query: { readonly accountId: string; readonly callerId: string },
): Promise<Preferences> {
  const account = query.callerId === query.accountId ? await deps.accounts.find(query.accountId) : undefined;
  if (!account) throw userNotFound();
  return account.preferences;
}
