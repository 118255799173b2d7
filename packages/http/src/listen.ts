import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@rideshare/kernel';

/** A slow sender of headers or bodies holds a socket, not a handler: bounded. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the idle time of the proxies in front, so that they close first and never meet a closed socket. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const HEADER_BYTES_MAX = 16 * 1024;
/** How long answers under way are waited for before their connections are cut. */
const GRACE_MS = 8_000;
const IDLE_SWEEP_MS = 50;

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
