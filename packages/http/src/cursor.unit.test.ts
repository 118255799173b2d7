import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { decodeCursor, encodeCursor, httpErrorCatalogue, statusOf, statusOfError, validationError } from './index.ts';
import { httpError, toProblem } from './problem.ts';

describe('a cursor', () => {
  const schema = z.strictObject({ at: z.iso.datetime(), id: z.string() });

  test('encoded and decoded, is what it was', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }),
        fc.string(),
        (at, id) => {
          const position = { at: at.toISOString(), id };
          expect(decodeCursor(schema, encodeCursor(position))).toEqual(position);
        },
      ),
    );
  });

  test.each(['', 'x', '%%%', encodeCursor({}), encodeCursor({ at: 1, id: 'x' }), encodeCursor([])])(
    'that this list did not make (%j), is refused',
    (text) => {
      expect(() => decodeCursor(schema, text)).toThrow(
        expect.objectContaining({
          code: 'CURSOR_INVALID',
          kind: 'invalid',
          fields: [expect.objectContaining({ pointer: '/query/cursor' })],
        }),
      );
    },
  );
});

describe('statusOf', () => {
  test('of every kind, is its own', () => {
    const kinds = [
      'invalid',
      'unauthenticated',
      'forbidden',
      'not_found',
      'gone',
      'conflict',
      'rate_limited',
      'timeout',
      'unavailable',
      'internal',
    ] as const;
    expect(kinds.map(statusOf)).toEqual([422, 401, 403, 404, 410, 409, 429, 504, 503, 500]);
  });
});

describe('the error catalogue', () => {
  test('of every code, has a meaning, a status and a problem document', () => {
    for (const code of Object.keys(httpErrorCatalogue) as (keyof typeof httpErrorCatalogue)[]) {
      const error = httpError(code, 'x');
      const problem = toProblem(error, { instance: '/x', traceId: 't' });
      expect(httpErrorCatalogue[code].meaning).toMatch(/\.$/);
      expect(problem).toMatchObject({
        status: statusOfError(error),
        type: expect.stringMatching(/^urn:rideshare:problem:[a-z-]+$/),
      });
      expect(problem.title).not.toBe('Error');
    }
  });

  test('validationError, carries its fields', () => {
    const fields = [{ pointer: '/a', detail: 'x' }];
    expect(validationError(fields)).toMatchObject({ code: 'VALIDATION_FAILED', fields });
  });
});
