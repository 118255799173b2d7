import type { Operation } from '@rideshare/kernel';
import { setSuspension } from '../domain/account.ts';
import type { Account } from '../domain/account.ts';
import type { AccountStore } from './ports.ts';

/** Suspends an account and ends its sessions, or lifts the suspension; who did it and why is kept. */
export function suspendUser(
  deps: { readonly accounts: AccountStore },
  operation: Operation<Account>,
  command: {
    readonly accountId: string;
    readonly administratorId: string;
    readonly suspended: boolean;
    readonly reason: string;
  },
): Promise<Account> {
  const { suspended, reason, administratorId } = command;
  return deps.accounts.change(operation, command.accountId, (current) =>
    setSuspension(current, { suspended, reason }, { kind: 'user', userId: administratorId }, operation.at),
  );
}
