import { createAccessTokenVerifier } from '@rideshare/http';
import type { AccessTokenVerifier } from '@rideshare/http';
import type { Clock, Ids } from '@rideshare/kernel';
import { SignJWT } from 'jose';
import type { AccessTokens, PublicTokenKey } from '../usecases/ports.ts';
import { TOKEN_KEY_ALGORITHM } from './token-key-file.ts';
import type { SigningTokenKeys } from './token-keys.ts';

export const ACCESS_TOKEN_ISSUER = 'rideshare';
export const ACCESS_TOKEN_AUDIENCE = 'rideshare-api';
/** A suspension reaches whoever holds a token after this at the latest. */
export const ACCESS_TOKEN_TTL_S = 900;
/** RFC 9068: told apart from every other JWT that the same key might sign. */
const TYPE = 'at+jwt';

/** Access tokens signed by whichever key signs at the time. */
export function createAccessTokens(deps: {
  readonly tokenKeys: SigningTokenKeys;
  readonly clock: Clock;
  readonly ids: Ids;
}): AccessTokens {
  return {
    async issue(account) {
      const { kid, privateKey } = deps.tokenKeys.signing();
      const nowS = Math.floor(deps.clock.now().getTime() / 1000);
      const token = await new SignJWT({ roles: account.roles })
        .setProtectedHeader({ alg: TOKEN_KEY_ALGORITHM, kid, typ: TYPE })
        .setIssuer(ACCESS_TOKEN_ISSUER)
        .setAudience(ACCESS_TOKEN_AUDIENCE)
        .setSubject(account.id)
        .setJti(deps.ids.next())
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + ACCESS_TOKEN_TTL_S)
        .sign(privateKey);
      return { token, expiresInS: ACCESS_TOKEN_TTL_S };
    },
  };
}

/** Verifies this service's own tokens against the keys it holds at the time, without asking itself over the network. */
export function createOwnTokenVerifier(deps: {
  readonly tokenKeys: SigningTokenKeys;
  readonly clock: Clock;
}): AccessTokenVerifier {
  let known: { readonly kids: string; readonly verifier: AccessTokenVerifier } | undefined;
  const current = (): AccessTokenVerifier => {
    const keys = deps.tokenKeys.publicKeys();
    const kids = keys.map(fingerprint).join(' ');
    if (known?.kids === kids) return known.verifier;
    const verifier = createAccessTokenVerifier({
      jwks: { keys: [...keys] },
      issuer: ACCESS_TOKEN_ISSUER,
      audience: ACCESS_TOKEN_AUDIENCE,
      clock: deps.clock,
    });
    known = { kids, verifier };
    return verifier;
  };
  return { verify: (token) => current().verify(token) };
}

function fingerprint(key: PublicTokenKey): string {
  return `${key.kid}:${key.x}`;
}
