import { configInvalid } from '@rideshare/config';
import type { Clock } from '@rideshare/kernel';
import { AppError } from '@rideshare/kernel';
import type { CryptoKey } from 'jose';
import { signingKey } from '../domain/token-key.ts';
import type { TokenKeys } from '../usecases/ports.ts';
import { fileStamp, readTokenKeyFile } from './token-key-file.ts';
import type { TokenKey } from './token-key-file.ts';

/** The keys of access tokens, and the one that signs now. */
export interface SigningTokenKeys extends TokenKeys {
  signing(): { readonly kid: string; readonly privateKey: CryptoKey };
}

function usable(keys: readonly TokenKey[], clock: Clock): { kid: string; privateKey: CryptoKey } | undefined {
  const key = signingKey(keys, clock.now());
  return key?.privateKey && { kid: key.kid, privateKey: key.privateKey };
}

/**
 * Opens a file of token keys.
 *
 * @throws `CONFIG_INVALID` when it cannot be used, also later, by `reload`; each state of the file is complained of once.
 */
export async function openTokenKeys(file: string, clock: Clock): Promise<SigningTokenKeys> {
  const read = async (): Promise<readonly TokenKey[]> => {
    const keys = await readTokenKeyFile(file);
    if (usable(keys, clock)) return keys;
    throw configInvalid([{ pointer: 'TOKEN_KEYS_FILE', detail: 'has no active key that has begun' }]);
  };
  // the stamp before the content: a change in between is seen by the next look
  let stamp = await fileStamp(file).catch(() => '');
  let keys = await read();
  return {
    publicKeys: () => keys.map(({ publicKey }) => publicKey),
    signing() {
      const key = usable(keys, clock);
      if (!key) throw new AppError('SIGNING_KEY_MISSING', 'internal', 'no key of access tokens is active');
      return key;
    },
    async reload() {
      const current = await fileStamp(file);
      if (current === stamp) return false;
      stamp = current;
      keys = await read();
      return true;
    },
  };
}
