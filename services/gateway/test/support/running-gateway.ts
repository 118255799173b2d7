import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventData, EventDefinition, Role } from '@rideshare/contracts';
import { systemIds } from '@rideshare/kernel/system';
import { createEmbeddedLog, newEvent } from '@rideshare/messaging';
import { silentLogger } from '@rideshare/observability';
import { createDatabase } from '@rideshare/postgres';
import { createTestDatabase, testKeys } from '@rideshare/testing';
import { gatewayConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** What a service behind the gateway was asked. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A service that answers whatever it is told to. */
export async function fakeService() {
  const asked: Asked[] = [];
  let answer: Answer = (_request, response) => {
    response.setHeader('X-Request-Id', 'of-the-service');
    response.setHeader('Content-Type', 'application/json');
    response.end('{"from":"service"}');
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      if (!url.startsWith('/health')) asked.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked,
    answerWith(next: Answer) {
      answer = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One message of a live stream. */
export interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function parseMessages(text: string): Message[] {
  return text.split('\n\n').flatMap((block) => {
    const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)));
    return fields.data === undefined
      ? []
      : [{ id: fields.id ?? '', event: fields.event ?? 'message', data: JSON.parse(fields.data) }];
  });
}

/** Reads an event stream until it ends or is closed. */
export async function openEvents(url: string, headers: Record<string, string> = {}) {
  const leaving = new AbortController();
  const response = await fetch(url, { headers, signal: leaving.signal });
  let text = '';
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) text += decoder.decode(chunk);
  })().catch(() => undefined);
  return {
    response,
    ended,
    get text() {
      return text;
    },
    get messages() {
      return parseMessages(text);
    },
    /** The newest id, wherever it was told. */
    get lastId() {
      return [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
    },
    async close() {
      leaving.abort();
      await ended;
    },
  };
}

/** The gateway in this process, on a log of its own, in front of one fake service that stands for all. */
export async function startGateway(env: Readonly<Record<string, string>> = {}) {
  const testDatabase = await createTestDatabase({ migrate: { schema: 'gateway' } });
  const keys = testKeys();
  const service = await fakeService();
  const database = createDatabase({ url: testDatabase.url, applicationName: 'gateway-test' });
  const log = createEmbeddedLog({ database, prefix: 'rideshare' });
  const variables = {
    ENVIRONMENT: 'test',
    PORT: '0',
    DATABASE_URL: testDatabase.url,
    USER_URL: service.url,
    DRIVER_URL: service.url,
    TRIP_URL: service.url,
    PAYMENT_URL: service.url,
    NOTIFICATION_URL: service.url,
    ...keys.environment('gateway'),
    ...env,
  };
  const start = () => startService(gatewayConfig.load(variables), { logger: silentLogger });
  let running = await start();
  return {
    service,
    keys,
    database,
    get url() {
      return running.url;
    },
    token: (userId: string, roles: readonly Role[] = ['rider'], expiresInS = 900) =>
      keys.issueUserToken({ userId, roles, expiresInS }),
    call: (path: string, init: RequestInit = {}) => fetch(`${running.url}${path}`, init),
    /** Another gateway on the same log. */
    another: start,
    async restart() {
      await running.close();
      running = await start();
    },
    async publish<Definition extends EventDefinition>(
      definition: Definition,
      data: EventData<Definition>,
      sequence = 1,
      occurredAt = new Date(),
    ) {
      const fields = { id: systemIds.next(), occurredAt, data, source: 'test' };
      const event = newEvent(definition, definition.sequenced ? { ...fields, sequence } : fields);
      await log.publish([{ ...event, headers: {} }]);
    },
    async stop() {
      await running.close();
    },
    async close() {
      await running.close();
      await service.close();
      await database.close();
      keys.dispose();
      await testDatabase.drop();
    },
  };
}

export type Gateway = Awaited<ReturnType<typeof startGateway>>;
