import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { startTinyServer } from '../test/support/tiny-server.ts';
import type { TinyServer } from '../test/support/tiny-server.ts';
import { createApi } from './api.ts';
import { listen } from './live-stream.ts';
import type { LiveMessage } from './live-stream.ts';

const session = { userId: 'u', token: () => Promise.resolve('t'), renew: () => Promise.resolve() };
let server: TinyServer;
let answers: ((response: ServerResponse) => void)[];
let sleeps: number[];
let stopping: AbortController;

const push = (response: ServerResponse, text: string) => response.write(text);
const open = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

beforeEach(async () => {
  answers = [];
  sleeps = [];
  stopping = new AbortController();
  server = await startTinyServer((_request, response) => {
    const answer = answers.shift();
    if (answer) answer(response);
    else response.writeHead(503).end();
  });
});

afterEach(async () => {
  await server.close();
});

/** Listens until as many messages have come, or as many connections have been closed. */
async function hear(enough: { readonly messages?: number; readonly connections?: number }): Promise<LiveMessage[]> {
  const heard: LiveMessage[] = [];
  await listen(
    createApi(server.url),
    session,
    (message) => {
      heard.push(message);
      if (heard.length === enough.messages) stopping.abort();
    },
    stopping.signal,
    (ms) => {
      sleeps.push(ms);
      if (sleeps.length === enough.connections) stopping.abort();
      return Promise.resolve();
    },
  );
  return heard;
}

describe('listen', () => {
  it('hears what is pushed, however it is cut up, and ends when it is told', async () => {
    answers.push((response) => {
      open(response);
      push(response, 'id: 1\nevent: trip.updated\nda');
      setImmediate(() => push(response, 'ta: {"tripId":"é"}\n\n: ping\n\ndata: {"a":1}\n\n'));
    });
    expect(await hear({ messages: 2 })).toEqual([
      { event: 'trip.updated', data: { tripId: 'é' } },
      { event: 'message', data: { a: 1 } },
    ]);
    expect(server.received[0]?.headers).toMatchObject({ accept: 'text/event-stream', authorization: 'Bearer t' });
    expect(server.received[0]?.headers).not.toHaveProperty('last-event-id');
  });

  it('comes back where it left off', async () => {
    answers.push(
      (response) => {
        open(response);
        push(response, 'id: 7-a\nevent: x\ndata: {}\n\nevent: y\ndata: {}\n\n');
        response.end();
      },
      (response) => {
        open(response);
        push(response, 'id: 8-a\nevent: z\ndata: {}\n\n');
      },
    );
    expect((await hear({ messages: 3 })).map(({ event }) => event)).toEqual(['x', 'y', 'z']);
    expect(server.received.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '7-a']);
    expect(sleeps[0]).toBe(500);
  });

  it('tries again after a refusal and after a broken connection', async () => {
    answers.push(
      (response) => response.writeHead(503).end('{}'),
      (response) => response.socket?.destroy(),
    );
    expect(await hear({ connections: 3 })).toEqual([]);
    expect(server.received).toHaveLength(3);
  });

  it('does not pass over a push that it cannot read', async () => {
    answers.push((response) => {
      open(response);
      push(response, 'data: {broken\n\n');
    });
    await expect(hear({ connections: 1 })).rejects.toBeInstanceOf(SyntaxError);
  });
});
