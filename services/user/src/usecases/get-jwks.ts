import type { PublicTokenKey, TokenKeys } from './ports.ts';

/** The public keys of access tokens, those that will sign next and those that no longer sign included. */
export function getJwks(deps: { readonly tokenKeys: TokenKeys }): Promise<readonly PublicTokenKey[]> {
  return Promise.resolve(deps.tokenKeys.publicKeys());
}
