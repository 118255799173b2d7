import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { AppError } from '@rideshare/kernel';
import { httpError, toProblem } from './problem.ts';

/** A slow sender of headers or bodies holds a socket, not a handler: bounded. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the idle time of the proxies in front, so that they close first and never meet a closed socket. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const HEADER_BYTES_MAX = 16 * 1024;
/** How long answers under way are waited for before their connections are cut. */
const GRACE_MS = 8_000;
const IDLE_SWEEP_MS = 50;

/** What could not be read at all, by the code of Node's parser; 400 is everything else. */
const UNREADABLE: Readonly<Partial<Record<string, readonly [status: number, title: string, detail: string]>>> = {
  HPE_HEADER_OVERFLOW: [431, 'Headers too large', `The headers are larger than ${String(HEADER_BYTES_MAX)} bytes.`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request timed out', 'The request did not come in time.'],
};

function unreadableAnswer(code: string | undefined): string {
  const [status, title, detail] = UNREADABLE[code ?? ''] ?? [400, 'Bad request', 'The request could not be read.'];
  const traceId = randomBytes(16).toString('hex');
  const problem = toProblem(httpError('MALFORMED_REQUEST', detail), { instance: '/', traceId });
  const body = JSON.stringify({ ...problem, status, title });
  const headers = [
    `HTTP/1.1 ${String(status)} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'Cache-Control: no-store',
    `X-Request-Id: ${traceId}`,
    'Connection: close',
  ];
  return `${headers.join('\r\n')}\r\n\r\n${body}`;
}

/** What Node's parser refuses never reaches the app: it gets the document that every other refusal gets. */
function refuseUnreadable(server: Server): void {
  const answering = new WeakMap<Socket, ServerResponse>();
  server.on('request', (request, response) => {
    answering.set(request.socket, response);
    response.once('close', () => answering.delete(request.socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // an answer that has begun would be corrupted by another one behind it
    if (!socket.writable || answering.get(socket)?.headersSent === true) socket.destroy();
    else socket.end(unreadableAnswer(error.code));
  });
}

/** A listening server. */
export interface RunningServer {
  readonly port: number;
  readonly url: string;
  /** Stops accepting, closes idle sockets, waits for the requests in flight, cuts those that take too long. */
  close(): Promise<void>;
}

/**
 * Serves `app`; port 0 takes a free one.
 *
 * @throws `PORT_UNAVAILABLE` naming the address when it cannot be bound.
 */
export async function listen(
  app: RequestListener,
  address: { readonly host: string; readonly port: number; readonly graceMs?: number },
): Promise<RunningServer> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    app,
  );
  refuseUnreadable(server);
  server.listen(address.port, address.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new AppError(
      'PORT_UNAVAILABLE',
      'unavailable',
      `cannot listen on ${address.host}:${String(address.port)}: ${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}`,
      { cause: error },
    );
  }
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    port,
    url: `http://${address.host}:${String(port)}`,
    close: () => (closing ??= closeServer(server, address.graceMs ?? GRACE_MS)),
  };
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // connections become idle one by one, as their answers end
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
