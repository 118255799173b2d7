import { AppError } from '@rideshare/kernel';
import pg from 'pg';

const { builtins } = pg.types;

/**
 * Reads int8 as a number: our counters and amounts stay far below 2^53, and a value past it must not be rounded.
 *
 * @throws `INTEGER_UNSAFE`.
 */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new AppError('INTEGER_UNSAFE', 'internal', 'a bigint column holds more than a number can carry');
  }
  return value;
}

const parsers = new Map<number, Parse>([
  [builtins.INT8, parseInt8],
  // a calendar day has no time zone: as a Date it would move with the machine's
  [builtins.DATE, (text) => text],
]);

type Parse = (text: string) => unknown;

/** The value parsers of our pools alone; those of `pg` itself, shared by everything in the process, stay as they are. */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): Parse =>
    parsers.get(oid) ?? (pg.types.getTypeParser as (oid: number, format?: string) => Parse)(oid, format),
};
