import type { Operation } from '@rideshare/kernel';
import { grantRole as granted } from '../domain/account.ts';
import type { Account, Role } from '../domain/account.ts';
import type { AccountStore } from './ports.ts';

/** Gives a person a role, on behalf of a service; who has it keeps it. Tokens issued from here on carry it. */
export function grantRole(
  deps: { readonly accounts: AccountStore },
  operation: Operation<Account>,
  command: { readonly accountId: string; readonly role: Role },
): Promise<Account> {
  return deps.accounts.change(operation, command.accountId, (current) =>
    granted(current, command.role, { kind: 'system' }, operation.at),
  );
}
