import { isUtf8 } from 'node:buffer';
import type { Request, Response } from 'express';
import express from 'express';
import { httpError } from './problem.ts';

/** Largest body that is read, after inflation. */
export const BODY_BYTES_MAX = 100 * 1024;

const readRaw = express.raw({ type: () => true, limit: BODY_BYTES_MAX });

function fromBodyParser(error: unknown): Error {
  const { type, status } = error as { type?: string; status?: number };
  if (type === 'entity.too.large') {
    return httpError('BODY_TOO_LARGE', `The body is larger than ${String(BODY_BYTES_MAX)} bytes.`);
  }
  if (status === 415) return httpError('CONTENT_TYPE_UNSUPPORTED', 'The content encoding is not supported.');
  return httpError('MALFORMED_REQUEST', 'The body could not be read.', { cause: error });
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
  if (!request.is('application/json')) {
    throw httpError('CONTENT_TYPE_UNSUPPORTED', 'Send the body as application/json.');
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

/**
 * The JSON value of a body; an empty body is `{}`.
 *
 * @throws `MALFORMED_JSON`.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  if (!isUtf8(body)) throw httpError('MALFORMED_JSON', 'The body is not UTF-8.');
  try {
    return JSON.parse(body.toString('utf8'), (key, value: unknown) => {
      // a member of this name would become the prototype of whatever it is merged into
      if (key === '__proto__') throw new SyntaxError('a member may not be named __proto__');
      return value;
    });
  } catch (error) {
    throw httpError('MALFORMED_JSON', 'The body is not valid JSON.', { cause: error });
  }
}
