import { userNotFound } from '../domain/errors.ts';

/** The signed-in person who asks. */
export interface Caller {
  readonly userId: string;
  readonly isAdmin: boolean;
}

/** Another's account does not exist for the caller, unless the caller looks after everybody's. */
export function requireTouchable(caller: Caller, accountId: string): void {
  if (!caller.isAdmin) requireOwn(caller.userId, accountId);
}

/** Another's account does not exist for the caller, whoever that is. */
export function requireOwn(callerId: string, accountId: string): void {
  if (callerId !== accountId) throw userNotFound();
}
