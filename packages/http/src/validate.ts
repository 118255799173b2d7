import type { FieldError } from '@rideshare/kernel';
import type { z } from 'zod';
import { validationError } from './problem.ts';

/** Enough to repair a form with, too few to be a burden. */
const ERRORS_MAX = 50;
const NAME_LENGTH_MAX = 100;

function escape(segment: PropertyKey): string {
  return String(segment).slice(0, NAME_LENGTH_MAX).replaceAll('~', '~0').replaceAll('/', '~1');
}

function fieldsOf(issue: z.core.$ZodIssue, prefix: string): FieldError[] {
  const at = prefix + issue.path.map((segment) => `/${escape(segment)}`).join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: `${at}/${escape(key)}`, detail: 'unknown field' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // the alternative the caller most likely meant: the one with the fewest complaints
    const closest = issue.errors.reduce((best, branch) => (branch.length < best.length ? branch : best));
    return closest.flatMap((inner) => fieldsOf(inner, at));
  }
  return [{ pointer: at, detail: issue.message }];
}

/** The refused fields of a zod error, as JSON pointers below `prefix`; the empty pointer is the whole. */
export function fieldErrors(error: z.ZodError, prefix: string): FieldError[] {
  return error.issues.flatMap((issue) => fieldsOf(issue, prefix));
}

/** The parts of a request that schemas look at. */
export interface RequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/**
 * Checks all three parts and reports every refused field at once.
 *
 * @throws `VALIDATION_FAILED`.
 */
export function validateRequest(
  schemas: { readonly params: z.ZodType; readonly query: z.ZodType; readonly body: z.ZodType },
  parts: RequestParts,
): RequestParts {
  const params = schemas.params.safeParse(parts.params);
  const query = schemas.query.safeParse(parts.query);
  const body = schemas.body.safeParse(parts.body);
  if (params.success && query.success && body.success) {
    return { params: params.data, query: query.data, body: body.data };
  }
  const fields = [
    ...(params.success ? [] : fieldErrors(params.error, '/path')),
    ...(query.success ? [] : fieldErrors(query.error, '/query')),
    ...(body.success ? [] : fieldErrors(body.error, '')),
  ];
  throw validationError(fields.slice(0, ERRORS_MAX));
}
