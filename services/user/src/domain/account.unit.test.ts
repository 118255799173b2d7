import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  deactivateAccount,
  grantRole,
  INITIAL_PREFERENCES,
  registerAccount,
  replacePreferences,
  replaceProfile,
  setSuspension,
} from './account.ts';
import type { Account, AccountChange } from './account.ts';

const born = new Date('2026-03-01T12:00:00Z');
const at = new Date('2026-03-02T12:00:00Z');
const profile = { firstName: 'Rita', lastName: 'Rocha', phone: null };
const admin = { kind: 'user', userId: 'admin' } as const;
const { account } = registerAccount({ id: 'rita', email: 'Rita@example.com', profile, roles: ['rider'], at: born });
const closed: Account = { ...account, status: 'deactivated' };

describe('registerAccount', () => {
  it('opens an active account at version 1 and tells of it', () => {
    const change = registerAccount({ id: 'rita', email: 'rita@example.com', profile, roles: ['rider'], at: born });
    expect(change.account).toMatchObject({ version: 1, status: 'active', preferences: INITIAL_PREFERENCES });
    expect(change.event).toEqual({ type: 'registered', account: change.account });
  });
});

describe('replaceProfile', () => {
  it('with something new, raises the version by one', () => {
    const change = replaceProfile(account, { ...profile, phone: '+351912345678' }, at);
    expect(change?.account).toMatchObject({ version: 2, updatedAt: at, profile: { phone: '+351912345678' } });
    expect(change?.event.type).toBe('updated');
  });

  it('with nothing new, is no change', () => {
    expect(replaceProfile(account, { ...profile }, at)).toBeUndefined();
  });

  it('of a closed account, is refused', () => {
    expect(() => replaceProfile(closed, profile, at)).toThrow(expect.objectContaining({ code: 'USER_DEACTIVATED' }));
  });
});

describe('replacePreferences', () => {
  it('keeps each need once, in one order, so that the same needs are the same preferences', () => {
    const wanted = { ...INITIAL_PREFERENCES, accessibility: ['wheelchair', 'hearing', 'wheelchair'] as const };
    const change = replacePreferences(account, wanted, at);
    expect(change?.account.preferences.accessibility).toEqual(['hearing', 'wheelchair']);
    expect(change && replacePreferences(change.account, wanted, at)).toBeUndefined();
  });

  it.each([
    ['language', { language: 'pt' }],
    ['currency', { currency: 'USD' }],
    ['e-mail', { notifications: { email: false, sms: true, push: true } }],
    ['sms', { notifications: { email: true, sms: false, push: true } }],
    ['push', { notifications: { email: true, sms: true, push: false } }],
    ['a need', { accessibility: ['vision'] as const }],
  ])('with another %s, is a change', (_what, part) => {
    expect(replacePreferences(account, { ...INITIAL_PREFERENCES, ...part }, at)?.account.version).toBe(2);
  });
});

describe('grantRole', () => {
  it('adds the role and records it', () => {
    const change = grantRole(account, 'driver', { kind: 'system' }, at);
    expect(change?.account.roles).toEqual(['rider', 'driver']);
    expect(change?.audit).toEqual({ action: 'role_granted', actor: { kind: 'system' }, reason: 'driver' });
  });

  it('that the person has, is no change, even of a closed account', () => {
    expect(grantRole(closed, 'rider', { kind: 'system' }, at)).toBeUndefined();
  });

  it('to a closed account, is refused', () => {
    expect(() => grantRole(closed, 'driver', { kind: 'system' }, at)).toThrow(
      expect.objectContaining({ code: 'USER_DEACTIVATED' }),
    );
  });
});

describe('setSuspension', () => {
  it('suspends once, with its reason, and ends the sessions', () => {
    const change = setSuspension(account, { suspended: true, reason: 'fraud' }, admin, at);
    expect(change).toMatchObject({
      account: { status: 'suspended' },
      audit: { action: 'suspended', actor: admin, reason: 'fraud' },
      endsSessions: true,
    });
    expect(setSuspension(change!.account, { suspended: true, reason: 'again' }, admin, at)).toBeUndefined();
  });

  it('lifted, makes the account active and ends nothing', () => {
    const change = setSuspension({ ...account, status: 'suspended' }, { suspended: false, reason: 'ok' }, admin, at);
    expect(change).toMatchObject({ account: { status: 'active' }, endsSessions: false });
    expect(change?.audit?.action).toBe('suspension_lifted');
  });

  it('of a closed account, is refused', () => {
    expect(() => setSuspension(closed, { suspended: true, reason: 'x' }, admin, at)).toThrow(
      expect.objectContaining({ code: 'USER_DEACTIVATED' }),
    );
  });
});

describe('deactivateAccount', () => {
  it('closes a suspended account too, and tells who did it', () => {
    const change = deactivateAccount({ ...account, status: 'suspended' }, 'admin', admin, at);
    expect(change).toMatchObject({ account: { status: 'deactivated' }, event: { by: 'admin' }, endsSessions: true });
  });

  it('of a closed account, is no change', () => {
    expect(deactivateAccount(closed, 'self', admin, at)).toBeUndefined();
  });
});

describe('an account under any sequence of changes', () => {
  it('raises its version by one with each, and stays closed once it is', () => {
    const steps = fc.constantFrom<((current: Account) => AccountChange | undefined)[]>(
      (current) => replaceProfile(current, { ...profile, firstName: `R${String(current.version)}` }, at),
      (current) => replacePreferences(current, { ...INITIAL_PREFERENCES, language: 'pt' }, at),
      (current) => grantRole(current, 'driver', { kind: 'system' }, at),
      (current) => setSuspension(current, { suspended: current.status === 'active', reason: 'x' }, admin, at),
      (current) => deactivateAccount(current, 'self', admin, at),
    );
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 20 }), (sequence) => {
        let current = account;
        for (const each of sequence) {
          const wasClosed = current.status === 'deactivated';
          let change: AccountChange | undefined;
          try {
            change = each(current);
          } catch (error) {
            expect(wasClosed).toBe(true);
            expect(error).toMatchObject({ code: 'USER_DEACTIVATED' });
          }
          if (!change) continue;
          expect(wasClosed).toBe(false);
          expect(change.account.version).toBe(current.version + 1);
          expect(change.event.account).toBe(change.account);
          expect(change.endsSessions === true).toBe(
            change.account.status !== 'active' && change.account.status !== current.status,
          );
          current = change.account;
        }
      }),
    );
  });
});
