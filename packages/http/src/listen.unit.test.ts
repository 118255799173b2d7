import { request as rawRequest } from 'node:http';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { problemSchema } from '@rideshare/contracts';
import { testApp } from '../test/support/test-app.ts';
import { listen } from './listen.ts';
import type { RunningServer } from './listen.ts';

let server: RunningServer;
let token: () => Promise<string>;

beforeEach(async () => {
  const made = testApp();
  ({ token } = made);
  server = await listen(made.app, { host: '127.0.0.1', port: 0 });
});

afterEach(() => server.close());

/** Everything that comes back on a connection of its own. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve(answer);
    });
    socket.write(text);
  });
}

function statusWith(authorization: readonly string[]): Promise<number | undefined> {
  const headers = authorization.flatMap((value) => ['Authorization', value]);
  return new Promise((resolve, reject) => {
    const asked = rawRequest(
      `${server.url}/api/rides`,
      { headers: ['Host', 'x', ...headers], agent: false },
      (answer) => {
        answer.resume().on('end', () => {
          resolve(answer.statusCode);
        });
      },
    );
    asked.on('error', reject).end();
  });
}

describe('listen', () => {
  test.each([
    ['no request line', 'nonsense\r\n\r\n', 400],
    ['a method that HTTP does not know', 'FOO / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['more headers than are read', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
  ])('sent %s, answers with a problem document and hangs up', async (_name, text, status) => {
    const [head = '', body = ''] = (await exchange(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} `));
    expect(head).toMatch(/^content-type: application\/problem\+json\r$/im);
    expect(head).toMatch(/^x-request-id: [0-9a-f]{32}\r$/im);
    expect(head).toMatch(/^connection: close\r?$/im);
    expect(problemSchema.parse(JSON.parse(body))).toMatchObject({ status, code: 'MALFORMED_REQUEST' });
  });

  test('sent nonsense behind a request that is answered, keeps that answer whole', async () => {
    const answers = await exchange('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n');
    expect(answers).toMatch(/^HTTP\/1.1 (?:200|400) /);
    expect(answers.match(/HTTP\/1\.1/g)?.length).toBeLessThanOrEqual(2);
  });

  test('told to close, lets the answer under way come to its end, and takes no more', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    const address = { host: '127.0.0.1', port: 0, graceMs: 60_000 };
    const busy = await listen((_request, response) => {
      asked.resolve(response);
    }, address);
    const answer = fetch(busy.url).then((response) => response.text());
    answer.catch(() => undefined); // looked at below
    const response = await asked.promise;
    const closing = busy.close();
    await expect(fetch(busy.url)).rejects.toThrow('fetch failed');
    response.end('whole');
    expect(await answer).toBe('whole');
    await closing;
  });

  test('sent one Authorization header, takes it, and of several none', async () => {
    const good = await token();
    expect(await statusWith([good])).toBe(200);
    expect(await statusWith([good, 'Bearer abc'])).toBe(401);
    expect(await statusWith(['Bearer abc', good])).toBe(401);
    expect(await statusWith([good, good])).toBe(401);
  });
});
