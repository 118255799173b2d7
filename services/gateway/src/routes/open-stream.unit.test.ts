import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { openStream } from '@rideshare/contracts';
import { listen } from '@rideshare/http';
import type { Principal, RunningServer } from '@rideshare/http';
import { eventually, fakeClock } from '@rideshare/testing';
import express from 'express';
import { createMemoryRateLimiter } from '../store/rate-limiter.memory.ts';
import { createLiveHistory } from '../usecases/live-history.ts';
import { LiveStreams } from '../usecases/live-streams.ts';
import { makeOpenStream } from './open-stream.ts';

const PERSON: Principal = { kind: 'user', userId: '019c0000-0000-7000-8000-00000000000a', roles: ['rider'] };
const TOKEN = `x.${Buffer.from(JSON.stringify({ exp: 4_000_000_000 })).toString('base64url')}.x`;

let server: RunningServer;
afterEach(() => server.close());

/** A gateway that verifies a token for as long as the test wants. */
async function setUp() {
  const verified = Promise.withResolvers<Principal>();
  const arrived = Promise.withResolvers<undefined>();
  const left = Promise.withResolvers<undefined>();
  const clock = fakeClock();
  const signals = { sent: () => undefined, ended: () => undefined };
  const streams = new LiveStreams({ clock, history: createLiveHistory({ clock }), signals });
  const open = makeOpenStream({
    authenticate: () => {
      arrived.resolve(undefined);
      return verified.promise;
    },
    limiter: createMemoryRateLimiter(1),
    streams,
    streamsMax: 10,
  });
  const handled = Promise.withResolvers<undefined>();
  const app = express();
  app.get(openStream.path, async (request, response, next) => {
    response.locals['context'] = {};
    response.once('close', () => {
      left.resolve(undefined);
    });
    await open(request, response, next);
    handled.resolve(undefined);
  });
  server = await listen(app, { host: '127.0.0.1', port: 0, graceMs: 10 });
  const client = httpRequest(`${server.url}${openStream.path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
  client.on('error', () => undefined);
  client.end();
  await arrived.promise;
  return { client, streams, verify: () => verified.resolve(PERSON), left: left.promise, handled: handled.promise };
}

test('a stream, opened by a client that stays, is open until it leaves', async () => {
  const { client, streams, verify } = await setUp();
  verify();
  await once(client, 'response');
  expect(streams.count).toBe(1);
  client.destroy();
  await eventually(() => (streams.count === 0 ? true : undefined));
});

test('a stream, asked for by a client that has left before its token is verified, is not opened', async () => {
  const { client, streams, verify, left, handled } = await setUp();
  client.destroy();
  await left;
  verify();
  await handled;
  expect(streams.count).toBe(0);
});
