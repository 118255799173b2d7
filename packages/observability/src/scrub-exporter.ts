import { isIP } from 'node:net';
import { SpanKind } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { routeInventory } from '@rideshare/contracts';
import { REDACTED, redactQuery, redactText } from './redact-text.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Segments that our own paths are made of. */
const SEGMENTS: ReadonlySet<string> = new Set([
  ...routeInventory.flatMap(({ path }) => path.split('/')).filter((segment) => !segment.startsWith('{')),
  ...['health', 'live', 'ready', 'startup', 'metrics', 'docs', 'openapi.json', 'assets', 'dev', 'city', 'mailbox'],
]);
/** Headers that callers fill with what they like, and nobody reads a trace for. */
const DROPPED = ['user_agent.original', 'http.user_agent', 'http.request.method_original'];
const ADDRESSES = ['client.address', 'http.client_ip'];

/** A path of which only what we chose ourselves is left: our own words, and ids. */
function redactPath(path: string): string {
  const clean = (segment: string) => (SEGMENTS.has(segment) || UUID.test(segment) ? segment : REDACTED);
  return path.split('/').map(clean).join('/');
}

function redactUrl(url: string): string {
  const [, origin = '', path = '', query = ''] = /^([a-z][a-z\d+.-]*:\/\/[^/?#]*)?([^?#]*)(.*)$/is.exec(url) ?? [];
  return redactText(origin) + redactPath(path) + (query === '' ? '' : redactQuery(query));
}

const SPECIAL: Readonly<Partial<Record<string, (text: string) => string>>> = {
  'url.full': redactUrl,
  'http.url': redactUrl,
  'http.target': redactUrl,
  'url.path': redactPath,
  'url.query': redactQuery,
};

function dropHeaders(attributes: Attributes, kind: SpanKind): void {
  const dropped = kind === SpanKind.SERVER ? [...DROPPED, 'server.address', 'http.host', 'net.host.name'] : DROPPED;
  const forged = ADDRESSES.filter((name) => isIP(String(attributes[name])) === 0);
  for (const name of [...dropped, ...forged]) Reflect.deleteProperty(attributes, name);
}

function scrub(span: ReadableSpan): void {
  dropHeaders(span.attributes, span.kind);
  // a span that has ended is the exporter's alone: changing it in place spares a copy of each
  for (const attributes of [span.attributes, ...span.events.map((event) => event.attributes ?? {})]) {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === 'string') attributes[name] = redactText(SPECIAL[name]?.(value) ?? value);
    }
  }
  if (span.status.message !== undefined) span.status.message = redactText(span.status.message);
}

/**
 * Takes out of spans what people wrote into URLs and headers, and card numbers, tokens and addresses wherever they are, before
 * `exporter` sends them away.
 */
export function createScrubExporter(exporter: SpanExporter): SpanExporter {
  return {
    export(spans, done) {
      for (const span of spans) scrub(span);
      exporter.export(spans, done);
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
