/**
 * Keys of access tokens. `next` is published and signs nothing yet, `active` may sign, `retired` is published until the
 * last token it signed has expired. Several may be active: the newest that has begun signs.
 */
export type TokenKeyStatus = 'active' | 'next' | 'retired';

export interface TokenKeyPeriod {
  readonly kid: string;
  readonly status: TokenKeyStatus;
  /** An active key signs from here on; without it, at once. */
  readonly notBefore?: Date | undefined;
}

/** The key that signs at `now`; of two that began together, the later in the file. */
export function signingKey<Key extends TokenKeyPeriod>(keys: readonly Key[], now: Date): Key | undefined {
  const begin = (key: Key): number => key.notBefore?.getTime() ?? 0;
  return keys
    .filter((key) => key.status === 'active' && begin(key) <= now.getTime())
    .reduce<Key | undefined>((best, key) => (best && begin(best) > begin(key) ? best : key), undefined);
}
