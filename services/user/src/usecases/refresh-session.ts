import { refreshTokenInvalid, refreshTokenReused } from '../domain/errors.ts';
import { decideRefresh } from '../domain/session.ts';
import type { SessionPolicy } from '../domain/session.ts';
import type { Session } from './login.ts';
import type { AccessTokens, Client, Fingerprints, RefreshTokens, SessionStore, Signals } from './ports.ts';

export interface RefreshSessionDeps {
  readonly sessions: SessionStore;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly fingerprints: Fingerprints;
  readonly sessionPolicy: SessionPolicy;
  readonly signals: Signals;
}

/** Exchanges a refresh token for its successor; one that was exchanged before ends its session. */
export async function refreshSession(
  deps: RefreshSessionDeps,
  command: { readonly refreshToken: string; readonly client: Client },
): Promise<Session> {
  const fingerprint = deps.fingerprints.client(command.client);
  const successor = deps.refreshTokens.successor(command.refreshToken);
  const found = await deps.sessions.refresh(
    { tokenHash: deps.refreshTokens.hash(command.refreshToken), successorHash: successor.hash, fingerprint },
    (presented, now) =>
      decideRefresh(presented, { fingerprint, successorHash: successor.hash }, now, deps.sessionPolicy),
  );
  deps.signals.refreshEnded(found?.verdict.outcome ?? 'unknown');
  if (!found || found.verdict.outcome === 'refused') throw refreshTokenInvalid();
  if (found.verdict.outcome === 'reused') throw refreshTokenReused();
  const access = await deps.accessTokens.issue(found.account);
  return {
    accessToken: access.token,
    expiresInS: access.expiresInS,
    refreshToken: successor.token,
    account: found.account,
  };
}
