import type { TokenKeys } from './ports.ts';

/** Takes over new keys of access tokens while running; tells whether there were any. */
export function reloadTokenKeys(deps: { readonly tokenKeys: TokenKeys }): Promise<boolean> {
  return deps.tokenKeys.reload();
}
