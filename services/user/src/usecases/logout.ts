import type { RefreshTokens, SessionStore } from './ports.ts';

/** Ends the session of a refresh token; a token that is unknown or another's changes nothing and is not told apart. */
export async function logout(
  deps: { readonly sessions: SessionStore; readonly refreshTokens: RefreshTokens },
  command: { readonly accountId: string; readonly refreshToken: string },
): Promise<void> {
  await deps.sessions.end(deps.refreshTokens.hash(command.refreshToken), command.accountId, 'signed_out');
}
