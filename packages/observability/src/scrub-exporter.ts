import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { redactQuery, redactText } from './redact-text.ts';

const WITH_QUERY: ReadonlySet<string> = new Set(['url.full', 'url.query', 'http.url', 'http.target']);

function scrub(span: ReadableSpan): void {
  // a span that has ended is the exporter's alone: changing it in place spares a copy of each
  for (const attributes of [span.attributes, ...span.events.map((event) => event.attributes ?? {})]) {
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === 'string') attributes[name] = redactText(WITH_QUERY.has(name) ? redactQuery(value) : value);
    }
  }
  if (span.status.message !== undefined) span.status.message = redactText(span.status.message);
}

/** Takes query values, card numbers, tokens and addresses out of spans before `exporter` sends them away. */
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
