import { openStream } from '@rideshare/contracts';
import { contextOf, httpError, userId, validationError } from '@rideshare/http';
import type { Authenticator } from '@rideshare/http';
import type { RequestHandler, Response } from 'express';
import type { LiveStreams } from '../usecases/live-streams.ts';
import type { RateLimiter, StreamSink } from '../usecases/ports.ts';
import { takeFromLimit } from './proxied-route.ts';

/** What the live stream is served from. */
export interface OpenStreamDeps {
  readonly authenticate: Authenticator;
  readonly limiter: RateLimiter;
  readonly streams: LiveStreams;
  /** Streams that may be open at once, of everybody. */
  readonly streamsMax: number;
}

/** When a token runs out that was verified a moment ago. */
function expiryOf(authorization = ''): Date {
  const payload = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString('utf8');
  const { exp } = JSON.parse(payload) as { readonly exp: number };
  return new Date(exp * 1_000);
}

/** The answer as a sink; a browser's proxy must neither keep nor rewrite it. */
export function startEventStream(response: Response): StreamSink {
  response.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  return {
    write: (text) => void response.write(text),
    end: (text) => void response.end(text),
    cut: () => void response.destroy(),
    get bufferedBytes() {
      return response.writableLength;
    },
  };
}

/** `GET /api/stream`. */
export function makeOpenStream(deps: OpenStreamDeps): RequestHandler {
  return async (request, response) => {
    contextOf(response).route = openStream.path;
    const { authorization } = request.headers;
    const principal = await deps.authenticate(openStream, authorization, request.ip ?? 'unknown');
    await takeFromLimit(deps.limiter, openStream, principal, response);
    const unknown = Object.keys(request.query).map((name) => ({ pointer: `/${name}`, detail: 'is not known' }));
    if (unknown.length > 0) throw validationError(unknown);
    if (deps.streams.count >= deps.streamsMax) {
      throw httpError('OVERLOADED', 'too many live streams are open', { retryAfterS: 5 });
    }
    const opening = {
      userId: userId(principal),
      expiresAt: expiryOf(authorization),
      lastEventId: request.get('last-event-id'),
    };
    // who left while the token was verified will not be heard leaving again
    if (response.destroyed || request.socket.destroyed) return;
    const sink = startEventStream(response);
    if (request.method === 'HEAD') response.end();
    else response.once('close', deps.streams.open(opening, sink));
  };
}
