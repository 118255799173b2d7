import { createHmac } from 'node:crypto';
import type { Secret } from '@rideshare/config';
import type { NumberTraces } from './usecases/ports.ts';

const SHOWN_CHARACTERS = 4;

/**
 * Keeps of a number its last four characters, for its owner to recognise it, and a keyed hash, for us to recognise it.
 *
 * @remarks Numbers are short enough to be guessed one by one, so a hash without a key would be the number itself.
 */
export function createNumberTraces(key: Secret): NumberTraces {
  return {
    trace(number) {
      const canonical = number.toUpperCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
      return {
        last4: number.slice(-SHOWN_CHARACTERS),
        hash: createHmac('sha256', key.reveal()).update(canonical).digest('base64url'),
      };
    },
  };
}
