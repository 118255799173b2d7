import type { Accessibility, Account, AccountStatus, Role } from '../domain/account.ts';

/** A row of `accounts`. */
export interface AccountRow {
  readonly id: string;
  readonly version: number;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly phone: string | null;
  readonly language: string;
  readonly currency: string;
  readonly notify_by_email: boolean;
  readonly notify_by_sms: boolean;
  readonly notify_by_push: boolean;
  readonly accessibility: Accessibility[];
  readonly roles: Role[];
  readonly status: AccountStatus;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** The columns of {@link AccountRow}, of the table or alias `a`. */
export const ACCOUNT_COLUMNS = `a.id, a.version, a.email, a.first_name, a.last_name, a.phone, a.language, a.currency,
  a.notify_by_email, a.notify_by_sms, a.notify_by_push, a.accessibility, a.roles, a.status, a.created_at, a.updated_at`;

export function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    version: row.version,
    email: row.email,
    profile: { firstName: row.first_name, lastName: row.last_name, phone: row.phone },
    preferences: {
      language: row.language,
      currency: row.currency,
      notifications: { email: row.notify_by_email, sms: row.notify_by_sms, push: row.notify_by_push },
      accessibility: row.accessibility,
    },
    roles: row.roles,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** The values of a row, in the order of {@link ACCOUNT_COLUMNS}. */
export function accountValues(account: Account): unknown[] {
  const { profile, preferences } = account;
  return [
    account.id,
    account.version,
    account.email,
    profile.firstName,
    profile.lastName,
    profile.phone,
    preferences.language,
    preferences.currency,
    preferences.notifications.email,
    preferences.notifications.sms,
    preferences.notifications.push,
    preferences.accessibility,
    account.roles,
    account.status,
    account.createdAt,
    account.updatedAt,
  ];
}
