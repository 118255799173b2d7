/**
 * An account is `active`, `suspended` or `deactivated`; an operator moves it between the first two, the third is an end.
 * Every change raises the version by one and is one event.
 */
import { userDeactivated } from './errors.ts';

export type Role = 'rider' | 'driver' | 'support' | 'admin';
export type AccountStatus = 'active' | 'suspended' | 'deactivated';
export type Accessibility = 'wheelchair' | 'hearing' | 'vision' | 'service_animal';

export interface Profile {
  readonly firstName: string;
  readonly lastName: string;
  readonly phone: string | null;
}

export interface Preferences {
  readonly language: string;
  readonly currency: string;
  readonly notifications: { readonly email: boolean; readonly sms: boolean; readonly push: boolean };
  readonly accessibility: readonly Accessibility[];
}

export interface Account {
  readonly id: string;
  readonly version: number;
  /** As it was given; two addresses that differ only in case are one. */
  readonly email: string;
  readonly profile: Profile;
  readonly preferences: Preferences;
  readonly roles: readonly Role[];
  readonly status: AccountStatus;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Who changes an account: a person, or a part of the platform. */
export type Actor = { readonly kind: 'user'; readonly userId: string } | { readonly kind: 'system' };

/** What an operator did to somebody's account, kept for ever. */
export interface AuditEntry {
  readonly action: 'suspended' | 'suspension_lifted' | 'deactivated' | 'role_granted';
  readonly actor: Actor;
  readonly reason: string | null;
}

/** What the platform is told about a change. */
export type AccountEvent =
  | { readonly type: 'registered'; readonly account: Account }
  | { readonly type: 'updated'; readonly account: Account }
  | { readonly type: 'deactivated'; readonly account: Account; readonly by: 'self' | 'admin' };

/** One step of an account: its new state, its event, and what goes with it. */
export interface AccountChange {
  readonly account: Account;
  readonly event: AccountEvent;
  readonly audit?: AuditEntry;
  readonly endsSessions?: boolean;
}

/** What a new account starts with; the language and the currency are those of the first city. */
export const INITIAL_PREFERENCES: Preferences = {
  language: 'en',
  currency: 'EUR',
  notifications: { email: true, sms: true, push: true },
  accessibility: [],
};

export function registerAccount(input: {
  readonly id: string;
  readonly email: string;
  readonly profile: Profile;
  readonly roles: readonly Role[];
  readonly at: Date;
}): AccountChange {
  const account: Account = {
    id: input.id,
    version: 1,
    email: input.email,
    profile: input.profile,
    preferences: INITIAL_PREFERENCES,
    roles: input.roles,
    status: 'active',
    createdAt: input.at,
    updatedAt: input.at,
  };
  return { account, event: { type: 'registered', account } };
}

type Part = Partial<Pick<Account, 'profile' | 'preferences' | 'roles' | 'status'>>;

function next(account: Account, part: Part, at: Date): Account {
  return { ...account, ...part, version: account.version + 1, updatedAt: at };
}

function updated(account: Account, part: Part, at: Date): AccountChange {
  const changed = next(account, part, at);
  return { account: changed, event: { type: 'updated', account: changed } };
}

/** A closed account no longer changes: its last event has told everybody that it is gone. */
function requireOpen(account: Account): void {
  if (account.status === 'deactivated') throw userDeactivated();
}

/** `undefined` where nothing would change: there is no version without an event and no event without a change. */
export function replaceProfile(account: Account, profile: Profile, at: Date): AccountChange | undefined {
  requireOpen(account);
  const { firstName, lastName, phone } = account.profile;
  if (firstName === profile.firstName && lastName === profile.lastName && phone === profile.phone) return undefined;
  return updated(account, { profile }, at);
}

function samePreferences(a: Preferences, b: Preferences): boolean {
  return (
    a.language === b.language &&
    a.currency === b.currency &&
    a.notifications.email === b.notifications.email &&
    a.notifications.sms === b.notifications.sms &&
    a.notifications.push === b.notifications.push &&
    a.accessibility.length === b.accessibility.length &&
    a.accessibility.every((need, index) => need === b.accessibility[index])
  );
}

export function replacePreferences(account: Account, wanted: Preferences, at: Date): AccountChange | undefined {
  requireOpen(account);
  const preferences = { ...wanted, accessibility: [...new Set(wanted.accessibility)].toSorted() };
  return samePreferences(account.preferences, preferences) ? undefined : updated(account, { preferences }, at);
}

export function grantRole(account: Account, role: Role, actor: Actor, at: Date): AccountChange | undefined {
  if (account.roles.includes(role)) return undefined;
  requireOpen(account);
  return {
    ...updated(account, { roles: [...account.roles, role] }, at),
    audit: { action: 'role_granted', actor, reason: role },
  };
}

export function setSuspension(
  account: Account,
  wanted: { readonly suspended: boolean; readonly reason: string },
  actor: Actor,
  at: Date,
): AccountChange | undefined {
  requireOpen(account);
  if ((account.status === 'suspended') === wanted.suspended) return undefined;
  return {
    ...updated(account, { status: wanted.suspended ? 'suspended' : 'active' }, at),
    audit: { action: wanted.suspended ? 'suspended' : 'suspension_lifted', actor, reason: wanted.reason },
    endsSessions: wanted.suspended,
  };
}

/** Closing a closed account changes nothing. */
export function deactivateAccount(
  account: Account,
  by: 'self' | 'admin',
  actor: Actor,
  at: Date,
): AccountChange | undefined {
  if (account.status === 'deactivated') return undefined;
  const closed = next(account, { status: 'deactivated' }, at);
  return {
    account: closed,
    event: { type: 'deactivated', account: closed, by },
    audit: { action: 'deactivated', actor, reason: null },
    endsSessions: true,
  };
}
