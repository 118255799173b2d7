/** The signed-in person who asks. */
export interface Caller {
  readonly userId: string;
  readonly isAdmin: boolean;
}

/** Whether an account is the caller's own, or the caller looks after everybody's. */
export function mayTouch(caller: Caller, accountId: string): boolean {
  return caller.isAdmin || caller.userId === accountId;
}
