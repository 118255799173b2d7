/** Where a person is reached, and what they agreed to. */
export interface Contact {
  readonly userId: string;
  readonly email: string;
  readonly firstName: string;
  readonly phone: string | null;
  readonly language: string;
  readonly wants: { readonly email: boolean; readonly sms: boolean; readonly push: boolean };
  /** False once the account is closed: nothing leaves the platform for it any more. */
  readonly active: boolean;
  /** The version of the account that this was read from; older news are ignored. */
  readonly version: number;
}
