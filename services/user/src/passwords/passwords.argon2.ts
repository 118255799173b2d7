import { randomBytes } from 'node:crypto';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import type { Passwords } from '../usecases/ports.ts';

/**
 * Argon2id with 19 MiB, two passes and one lane, the least that OWASP recommends: about 20 ms of one core. Raising any of
 * them is safe at any time: hashes made with others are renewed when their owners sign in.
 */
export const PASSWORD_COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

interface Cost {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** The same characters typed on another keyboard may be other code points; both are one password. */
function normalised(password: string): string {
  return password.normalize('NFKC');
}

/** Argon2id hashes; `cost` is what new ones are made with. */
export async function createPasswords(cost: Cost = PASSWORD_COST): Promise<Passwords> {
  const isOutdated = (passwordHash: string): boolean => {
    const used = parseOptions(passwordHash);
    return (
      used.memoryCost !== cost.memoryCost || used.timeCost !== cost.timeCost || used.parallelism !== cost.parallelism
    );
  };
  // of a password that nobody knows: an unknown account is checked against it, and takes as long as a known one
  const nobodys = await hash(randomBytes(32), cost);
  return {
    hash: (password) => hash(normalised(password), cost),
    async verify(passwordHash, password) {
      const matches = await verify(passwordHash ?? nobodys, normalised(password));
      return {
        matches: matches && passwordHash !== undefined,
        outdated: passwordHash !== undefined && isOutdated(passwordHash),
      };
    },
  };
}
