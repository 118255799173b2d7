import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SessionMachine } from '../../test/support/session-machine.ts';
import { decideRefresh, RETRY_WINDOW_MS, sessionExpiry, tokenExpiry } from './session.ts';
import type { PresentedToken } from './session.ts';

const MINUTE_MS = 60_000;
const policy = { refreshTokenTtlMs: 30 * MINUTE_MS, sessionTtlMs: 120 * MINUTE_MS };
const now = new Date('2026-03-01T12:00:00Z');
const later = (ms: number): Date => new Date(now.getTime() + ms);
const client = { fingerprint: 'phone', successorHash: 'next' };
const fresh: PresentedToken = {
  familyId: 'f',
  familyExpiresAt: later(60 * MINUTE_MS),
  familyEnded: false,
  accountActive: true,
  expiresAt: later(MINUTE_MS),
};
const used = { at: now, by: 'phone', successorHash: 'next', successorUsed: false };

describe('decideRefresh', () => {
  it('with an unused token, exchanges it for one that lives as long as the policy says', () => {
    expect(decideRefresh(fresh, client, now, policy)).toEqual({
      outcome: 'exchange',
      expiresAt: later(policy.refreshTokenTtlMs),
    });
  });

  it('near the end of the session, issues no token that outlives it', () => {
    const presented = { ...fresh, familyExpiresAt: later(5 * MINUTE_MS) };
    expect(decideRefresh(presented, client, now, policy)).toEqual({
      outcome: 'exchange',
      expiresAt: later(5 * MINUTE_MS),
    });
  });

  it.each([
    ['the session has ended', { familyEnded: true }],
    ['the account is suspended or closed', { accountActive: false }],
    ['the session has expired', { familyExpiresAt: now }],
    ['the token has expired', { expiresAt: now }],
  ])('when %s, refuses', (_situation, part) => {
    expect(decideRefresh({ ...fresh, ...part }, client, now, policy)).toEqual({ outcome: 'refused' });
  });

  it('when the reply was lost, repeats it to the same client until the window closes', () => {
    const presented = { ...fresh, used };
    expect(decideRefresh(presented, client, later(RETRY_WINDOW_MS), policy)).toEqual({ outcome: 'repeat' });
    expect(decideRefresh(presented, client, later(RETRY_WINDOW_MS + 1), policy)).toEqual({ outcome: 'reused' });
  });

  it.each([
    ['another client', { ...used, by: 'thief' }],
    ['a client whose reply had arrived, since its successor was used', { ...used, successorUsed: true }],
    ['a client whose successor was derived under another key', { ...used, successorHash: 'other' }],
  ])('with a used token from %s, calls it reuse', (_situation, use) => {
    expect(decideRefresh({ ...fresh, used: use }, client, later(1), policy)).toEqual({ outcome: 'reused' });
  });

  it('with a used token of a session that has ended, refuses and ends nothing twice', () => {
    expect(decideRefresh({ ...fresh, familyEnded: true, used }, client, now, policy)).toEqual({ outcome: 'refused' });
  });
});

describe('expiry', () => {
  it('of a session and of its first token, is what the policy says', () => {
    expect(sessionExpiry(now, policy)).toEqual(later(policy.sessionTtlMs));
    expect(tokenExpiry(now, later(MINUTE_MS), policy)).toEqual(later(MINUTE_MS));
    expect(tokenExpiry(now, later(1e9), policy)).toEqual(later(policy.refreshTokenTtlMs));
  });
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('refresh' as const), back: fc.nat(3), by: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(2 * RETRY_WINDOW_MS) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sign_out' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('suspend' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const) }) },
);

describe('a session under any sequence of refreshes, retries, reuse, signing out, suspension and time', () => {
  it('never forks, never lives again, and gives a used token nothing but its own successor in time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const machine = new SessionMachine(policy);
        let over = false;
        let nowMs = 0;
        let lastExchange: { hash: string; by: string; atMs: number } | undefined;
        for (const each of steps) {
          if (each.kind === 'pass') {
            machine.pass(each.ms);
            nowMs += each.ms;
          } else if (each.kind === 'expire') {
            machine.pass(policy.sessionTtlMs);
            over = true;
          } else if (each.kind === 'sign_out') over = machine.ended = true;
          else if (each.kind === 'suspend') {
            machine.accountActive = false;
            over = true;
          } else {
            const index = Math.max(0, machine.tokens.length - 1 - each.back);
            const token = machine.tokens[index]!;
            const isNewest = index === machine.tokens.length - 1;
            const before = machine.tokens.length;
            const by = `client ${String(each.by)}`;
            const outcome = machine.refresh(token.hash, by);
            if (over) expect(outcome).toBe('refused');
            if (outcome === 'exchange') {
              expect(isNewest).toBe(true);
              lastExchange = { hash: token.hash, by, atMs: nowMs };
            } else expect(machine.tokens).toHaveLength(before);
            if (outcome === 'repeat') {
              expect(lastExchange).toMatchObject({ hash: token.hash, by });
              expect(nowMs - lastExchange!.atMs).toBeLessThanOrEqual(RETRY_WINDOW_MS);
            }
            if (outcome === 'reused') {
              expect(isNewest).toBe(false);
              over = true;
            }
          }
          expect(machine.tokens.filter(({ used: exchanged }) => !exchanged)).toHaveLength(1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
