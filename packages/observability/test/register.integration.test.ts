import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase } from '@rideshare/testing';
import type { TestDatabase } from '@rideshare/testing';

const SERVICE = fileURLToPath(new URL('support/traced-service.ts', import.meta.url));
const CALLER = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };

interface Span {
  readonly name: string;
  readonly kind: number;
  readonly id: string;
  readonly traceId: string;
  readonly parentSpanContext?: { readonly spanId: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: { readonly attributes: Readonly<Record<string, unknown>> };
  readonly instrumentationScope: { readonly name: string };
}
interface Line {
  readonly url?: string;
  readonly wrapped?: object;
  readonly span?: Span;
  readonly message?: string;
  readonly trace_id?: string;
}

/** A child process that runs the traced service, and every line it has written. */
class Service {
  readonly lines: Line[] = [];
  readonly child: ChildProcess;
  #stderr = '';
  readonly #ended: Promise<[number | null]>;

  constructor(env: Record<string, string>) {
    const conditions = ['--conditions=@rideshare/source', '--import', '@rideshare/observability/register'];
    const { NODE_OPTIONS: _ofJest, ...inherited } = process.env;
    this.child = spawn(process.execPath, [...conditions, SERVICE], {
      env: { ...inherited, OTEL_SERVICE_NAME: 'traced', ENVIRONMENT: 'test', ...env },
      cwd: path.join(import.meta.dirname, '..'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.child, 'exit') as Promise<[number | null]>;
    if (this.child.stdout) {
      createInterface(this.child.stdout).on('line', (line) => {
        this.lines.push(JSON.parse(line) as Line);
        this.child.emit('line');
      });
    }
    this.child.stderr?.on('data', (text: Buffer) => (this.#stderr += text.toString()));
  }

  async line(isWanted: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.lines.find(isWanted);
      if (found) return found;
      const over = await Promise.race([once(this.child, 'line').then(() => false), this.#ended.then(() => true)]);
      if (over && !this.lines.some(isWanted)) throw new Error(`the service ended: ${this.#stderr}`);
    }
  }

  async url(): Promise<string> {
    return (await this.line(({ url }) => url !== undefined)).url ?? '';
  }

  async stop(): Promise<{ code: number | null; stderr: string }> {
    this.child.kill('SIGTERM');
    return this.end();
  }

  async end(): Promise<{ code: number | null; stderr: string }> {
    const [code] = await this.#ended;
    return { code, stderr: this.#stderr };
  }

  get spans(): Span[] {
    return this.lines.flatMap(({ span }) => (span ? [span] : []));
  }
}

describe('the telemetry preload', () => {
  let database: TestDatabase;
  const running: Service[] = [];
  const start = (env: Record<string, string>): Service => {
    const service = new Service({ DATABASE_URL: database.url, ...env });
    running.push(service);
    return service;
  };
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => database.drop());

  test('in a service, wraps http, express, pg and undici, and makes one connected trace of a request', async () => {
    const service = start({ OTEL_TRACES_EXPORTER: 'console' });
    const url = await service.url();
    await fetch(`${url}/health/live`);
    const answer = (await (await fetch(`${url}/trips/t1`, { headers: CALLER })).json()) as Record<string, string>;
    await service.line(({ span }) => span?.name === 'GET /trips/:id');
    const { code } = await service.stop();
    const { spans, lines } = service;
    const server = spans.find(({ name }) => name === 'GET /trips/:id');
    const query = spans.find(({ instrumentationScope }) => instrumentationScope.name.endsWith('instrumentation-pg'));
    const client = spans.find(({ instrumentationScope }) =>
      instrumentationScope.name.endsWith('instrumentation-undici'),
    );
    const echo = spans.find(({ name }) => name === 'GET /echo');

    expect(lines[0]?.wrapped).toEqual({ query: true, use: true });
    expect(code).toBe(0);
    expect(answer['id']).toBe('t1');
    expect(answer['traceId']).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(server).toMatchObject({
      traceId: answer['traceId'],
      parentSpanContext: { spanId: '00f067aa0ba902b7' },
      attributes: { 'http.route': '/trips/:id', 'http.response.status_code': 200 },
      resource: {
        attributes: {
          'service.name': 'traced',
          'service.namespace': 'rideshare',
          'deployment.environment.name': 'test',
        },
      },
    });
    const parents = new Map(spans.map(({ id, parentSpanContext }) => [id, parentSpanContext?.spanId]));
    for (const span of [query, client, echo]) {
      expect(span?.traceId).toBe(answer['traceId']);
      expect(parents.has(span?.parentSpanContext?.spanId ?? '')).toBe(true);
    }
    expect(echo?.parentSpanContext?.spanId).toBe(client?.id);
    expect(answer['echoed']).toContain(client?.id);
    expect(lines.find(({ message }) => message === 'handled')?.trace_id).toBe(answer['traceId']);
    // probes make no spans, and places do not leave the process
    expect(spans.some(({ attributes }) => String(attributes['url.path']).startsWith('/health'))).toBe(false);
    expect(JSON.stringify(spans)).not.toContain('41.15');
  });

  test('every server span has its route', async () => {
    const service = start({ OTEL_TRACES_EXPORTER: 'console' });
    const url = await service.url();
    for (const path of ['/trips/a', '/trips/b', '/echo']) await (await fetch(url + path)).text();
    await service.line(({ span }) => span?.name === 'GET /echo' && span.parentSpanContext === undefined);
    const servers = service.spans.filter(({ kind }) => kind === 1);
    expect(servers.length).toBeGreaterThanOrEqual(5);
    for (const { attributes } of servers) expect(attributes['http.route']).toMatch(/^\/(trips\/:id|echo)$/);
  });

  test('without an exporter, keeps the trace all the same; a caller that does not sample is followed', async () => {
    const service = start({});
    const url = await service.url();
    const unsampled = { traceparent: CALLER.traceparent.replace(/01$/, '00') };
    const answer = (await (await fetch(`${url}/trips/t1`, { headers: unsampled })).json()) as Record<string, string>;
    expect(answer['traceId']).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(answer['echoed']).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$/);
    expect((await service.stop()).code).toBe(0);
    expect(service.spans).toEqual([]);
  });

  test('switched off, leaves everything as it is', async () => {
    const service = start({ OTEL_SDK_DISABLED: 'true', OTEL_TRACES_EXPORTER: 'console' });
    const url = await service.url();
    const answer = (await (await fetch(`${url}/trips/t1`)).json()) as Record<string, unknown>;
    expect(service.lines[0]?.wrapped).toEqual({ query: false, use: false });
    expect(answer).toEqual({ id: 't1', echoed: null });
  });

  test('given a wrong setting, refuses to start with one line', async () => {
    const wrong = [
      ['OTEL_TRACES_SAMPLER_ARG', '2'],
      ['OTEL_TRACES_SAMPLER_ARG', 'half'],
      ['OTEL_TRACES_EXPORTER', 'jaeger'],
    ] as const;
    const ends = await Promise.all(wrong.map(([name, value]) => start({ [name]: value }).end()));
    for (const [index, { code, stderr }] of ends.entries()) {
      expect(code).toBe(78);
      expect(stderr).toMatch(new RegExp(`^${String(wrong[index]?.[0])}: must be .*\n$`));
    }
  });

  describe('with a collector', () => {
    let sink: Http2Server;
    let received: { readonly path: string; readonly body: Buffer }[];
    beforeAll(async () => {
      received = [];
      sink = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          received.push({ path: request.url, body: Buffer.concat(chunks) });
          response.writeHead(200, { 'content-type': 'application/grpc' });
          response.addTrailers({ 'grpc-status': '0' });
          // an empty message in gRPC's frame of five bytes
          response.end(Buffer.alloc(5));
        });
      }).listen(0, '127.0.0.1');
      await once(sink, 'listening');
    });
    afterAll(() => {
      sink.close();
    });

    test('sends what is left when the process ends', async () => {
      const { port } = sink.address() as AddressInfo;
      const service = start({
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${String(port)}`,
      });
      await (await fetch(`${await service.url()}/trips/t1`)).text();
      expect((await service.stop()).code).toBe(0);
      expect(received.map(({ path }) => path)).toContain('/opentelemetry.proto.collector.trace.v1.TraceService/Export');
      const sent = Buffer.concat(received.map(({ body }) => body)).toString('latin1');
      expect(sent).toContain('GET /trips/:id');
      expect(sent).toContain('http.route');
    });
  });
});
