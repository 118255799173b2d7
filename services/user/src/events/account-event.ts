import { userDeactivated, userRegistered, userUpdated } from '@rideshare/contracts';
import type { EventData } from '@rideshare/contracts';
import type { Account, AccountEvent } from '../domain/account.ts';

/** An event of the contract, ready to be put into its envelope. */
export type PublicAccountEvent =
  | { readonly definition: typeof userRegistered; readonly data: EventData<typeof userRegistered> }
  | { readonly definition: typeof userUpdated; readonly data: EventData<typeof userUpdated> }
  | { readonly definition: typeof userDeactivated; readonly data: EventData<typeof userDeactivated> };

function publicAccount(account: Account): EventData<typeof userUpdated> {
  const { profile, preferences } = account;
  return {
    userId: account.id,
    email: account.email,
    firstName: profile.firstName,
    lastName: profile.lastName,
    phone: profile.phone,
    roles: [...account.roles],
    status: account.status,
    language: preferences.language,
    notifications: preferences.notifications,
  };
}

/** What the platform is told about a change of an account. */
export function accountEvent(event: AccountEvent): PublicAccountEvent {
  switch (event.type) {
    case 'registered':
      return { definition: userRegistered, data: publicAccount(event.account) };
    case 'updated':
      return { definition: userUpdated, data: publicAccount(event.account) };
    case 'deactivated':
      return { definition: userDeactivated, data: { userId: event.account.id, by: event.by } };
  }
}
