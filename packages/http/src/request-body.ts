import express, { type Request, type RequestHandler, type Response } from 'express';
import { httpError } from './problem.ts';

/** Largest body that is read, after inflation. */
export const BODY_BYTES_MAX = 100 * 1024;

/** Far beyond any schema, far below what recursion can follow. */
const NESTING_MAX = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const readRaw: RequestHandler = express.raw({ type: () => true, limit: BODY_BYTES_MAX });

function fromBodyParser(error: unknown): Error {
  const { type, status } = error as { type?: string; status?: number };
  if (type === 'entity.too.large') {
    return httpError('BODY_TOO_LARGE', `The body is larger than ${String(BODY_BYTES_MAX)} bytes.`);
  }
  if (status === 415) return httpError('CONTENT_TYPE_UNSUPPORTED', 'The content encoding is not supported.');
  return httpError('MALFORMED_REQUEST', 'The body could not be read.', { cause: error });
}

function isJsonType(contentType: string): boolean {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  return type.trim() === 'application/json' && (charset === undefined || /^charset="?utf-8"?$/.test(charset));
}

function hasBody(request: Request): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/**
 * Reads the body's bytes, size before type.
 *
 * @throws `BODY_TOO_LARGE`, `CONTENT_TYPE_UNSUPPORTED`, `MALFORMED_REQUEST`.
 */
export async function readBody(request: Request, response: Response): Promise<Buffer> {
  if (!hasBody(request)) return Buffer.alloc(0);
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) {
    throw httpError('BODY_TOO_LARGE', `The body is larger than ${String(BODY_BYTES_MAX)} bytes.`);
  }
  if (!isJsonType(request.headers['content-type'] ?? '')) {
    throw httpError('CONTENT_TYPE_UNSUPPORTED', 'Send the body as application/json in UTF-8.');
  }
  await new Promise<void>((resolve, reject) => {
    readRaw(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(fromBodyParser(error));
    });
  });
  const body: unknown = request.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** JSON can write what PostgreSQL cannot keep: a zero character, and halves of characters (RFC 7493 forbids those). */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/**
 * Refuses nesting that recursion cannot follow, names that would reach a prototype wherever they are merged, and text
 * that no store can hold.
 */
function refuseHostileShape(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > NESTING_MAX) throw httpError('MALFORMED_JSON', 'The body is nested too deeply.');
    const objects = level.filter((member) => typeof member === 'object' && member !== null);
    const texts = [...level.filter((member) => typeof member === 'string'), ...objects.flatMap(Object.keys)];
    if (!texts.every(isStorable)) {
      throw httpError('MALFORMED_JSON', 'A text may hold neither U+0000 nor half of a surrogate pair.');
    }
    if (objects.some((member) => Object.hasOwn(member, '__proto__'))) {
      throw httpError('MALFORMED_JSON', 'A member may not be named __proto__.');
    }
    level = objects.flatMap((member) => Object.values(member) as unknown[]);
  }
}

/**
 * The JSON value of a body; an empty body is `{}`.
 *
 * @throws `MALFORMED_JSON`.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch (error) {
    throw httpError('MALFORMED_JSON', 'The body is not valid JSON in UTF-8.', { cause: error });
  }
  refuseHostileShape(value);
  return value;
}
