import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http2';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

/** A span as the sink writes it down: one JSON line each. */
export interface SunkSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** The part of OTLP that is looked at; unknown fields are skipped by the format itself. */
const protocol = protobuf.Root.fromJSON({
  nested: {
    AnyValue: {
      fields: {
        stringValue: { type: 'string', id: 1 },
        boolValue: { type: 'bool', id: 2 },
        intValue: { type: 'int64', id: 3 },
        doubleValue: { type: 'double', id: 4 },
      },
    },
    KeyValue: { fields: { key: { type: 'string', id: 1 }, value: { type: 'AnyValue', id: 2 } } },
    Link: { fields: { traceId: { type: 'bytes', id: 1 }, spanId: { type: 'bytes', id: 2 } } },
    Span: {
      fields: {
        traceId: { type: 'bytes', id: 1 },
        spanId: { type: 'bytes', id: 2 },
        parentSpanId: { type: 'bytes', id: 4 },
        name: { type: 'string', id: 5 },
        attributes: { rule: 'repeated', type: 'KeyValue', id: 9 },
        links: { rule: 'repeated', type: 'Link', id: 13 },
      },
    },
    ScopeSpans: { fields: { spans: { rule: 'repeated', type: 'Span', id: 2 } } },
    Resource: { fields: { attributes: { rule: 'repeated', type: 'KeyValue', id: 1 } } },
    ResourceSpans: {
      fields: {
        resource: { type: 'Resource', id: 1 },
        scopeSpans: { rule: 'repeated', type: 'ScopeSpans', id: 2 },
      },
    },
    ExportTraceServiceRequest: { fields: { resourceSpans: { rule: 'repeated', type: 'ResourceSpans', id: 1 } } },
  },
});
const requestType = protocol.lookupType('ExportTraceServiceRequest');

interface KeyValue {
  readonly key: string;
  readonly value?: Readonly<Record<string, string | number | boolean>>;
}
interface DecodedSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId?: Buffer;
  readonly name: string;
  readonly attributes: readonly KeyValue[];
  readonly links: readonly { readonly traceId: Buffer; readonly spanId: Buffer }[];
}
interface Decoded {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly DecodedSpan[] }[];
  }[];
}

const PREFIX_BYTES = 5;
const hex = (bytes: Buffer | undefined) => (bytes ?? Buffer.alloc(0)).toString('hex');

function attributesOf(pairs: readonly KeyValue[]): Record<string, string | number | boolean> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value ?? {})[0] ?? '']));
}

/** What one gRPC message carries. */
function unpack(body: Buffer): Buffer {
  const message = body.subarray(PREFIX_BYTES, PREFIX_BYTES + body.readUInt32BE(1));
  return body.readUInt8(0) === 1 ? gunzipSync(message) : message;
}

function decode(plain: Buffer): SunkSpan[] {
  const { resourceSpans } = requestType.toObject(requestType.decode(plain), {
    arrays: true,
    longs: Number,
  }) as Decoded;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: String(attributesOf(resource?.attributes ?? [])['service.name']),
        name: span.name,
        traceId: hex(span.traceId),
        spanId: hex(span.spanId),
        parentSpanId: hex(span.parentSpanId),
        attributes: attributesOf(span.attributes),
        links: span.links.map((link) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
      })),
    ),
  );
}

function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, file: string): void {
  const chunks: Buffer[] = [];
  stream.on('error', () => undefined); // an exporter that was killed
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('end', () => {
    const known = headers[':path'] === '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
    if (known) {
      const body = Buffer.concat(chunks);
      // an exporter that lost patience sends it again
      if (stream.aborted || body.length < PREFIX_BYTES + body.readUInt32BE(1)) return;
      const plain = unpack(body);
      const lines = decode(plain).map((span) => `${JSON.stringify(span)}\n`);
      appendFileSync(file, lines.join(''));
      // all of it, for whoever searches what is not decoded
      appendFileSync(`${file}.raw`, plain);
    }
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': known ? '0' : '12' });
    });
    stream.end(Buffer.alloc(PREFIX_BYTES));
  });
}

/** Takes spans over OTLP/gRPC and writes them to `file`. */
export async function startSink(file: string): Promise<{ readonly url: string; close(): void }> {
  const server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    answer(stream, headers, file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    close() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}
