import type { z } from 'zod';
import { httpError } from './problem.ts';

/** An opaque page cursor from the position it stands for. */
export function encodeCursor(position: object): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * The position of a cursor.
 *
 * @throws `CURSOR_INVALID` when this list did not make it.
 */
export function decodeCursor<Schema extends z.ZodType>(schema: Schema, cursor: string): z.infer<Schema> {
  const fail = (cause: unknown): never => {
    throw httpError('CURSOR_INVALID', 'The cursor was not made by this list; start again without one.', {
      cause,
      fields: [{ pointer: '/query/cursor', detail: 'not a cursor of this list' }],
    });
  };
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (error) {
    return fail(error);
  }
  const parsed = schema.safeParse(position);
  return parsed.success ? parsed.data : fail(parsed.error);
}
