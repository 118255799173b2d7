import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { isAppError, toError } from '@rideshare/kernel';

/** W3C trace context as it travels: `traceparent`, `tracestate`, `baggage`. */
export type TraceHeaders = Readonly<Record<string, string>>;

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/;

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** What a span is and where it hangs. */
export interface SpanSettings {
  readonly kind?: keyof typeof kinds;
  /** Never a person's data, never coordinates. */
  readonly attributes?: Attributes;
  /** The span that caused it, as it came over the wire; without it the active span is the parent. */
  readonly parent?: TraceHeaders;
  readonly links?: readonly TraceHeaders[];
  /** Starts a trace of its own. */
  readonly root?: boolean;
}

/** The headers that carry the active span to another process or into a stored row; empty without one. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

/** The id of the active trace. */
export function currentTraceId(): string | undefined {
  return trace.getActiveSpan()?.spanContext().traceId;
}

/** The id of the trace that `headers` belong to. */
export function traceIdOf(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  return TRACEPARENT.exec(headers['traceparent'] ?? '')?.[1];
}

function contextOf(headers: TraceHeaders): Context {
  return propagation.extract(ROOT_CONTEXT, headers);
}

function linksTo(links: readonly TraceHeaders[]): Link[] {
  return links.flatMap((headers) => {
    const linked = trace.getSpanContext(contextOf(headers));
    return linked ? [{ context: linked }] : [];
  });
}

/** Marks a span as failed by the code of the error; its text may hold what must not leave the process. */
function recordFailure(span: Span, thrown: unknown): void {
  const type = isAppError(thrown) ? thrown.code : toError(thrown).name;
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
  span.setAttribute('error.type', type);
}

/** Runs `work` inside a span that ends with it, and fails with it: status and `error.type` are set. */
export async function withSpan<Value>(
  name: string,
  settings: SpanSettings,
  work: (span: Span) => Promise<Value>,
): Promise<Value> {
  const { kind = 'internal', attributes = {}, parent, links = [], root = false } = settings;
  const tracer = trace.getTracer('rideshare');
  const options = { kind: kinds[kind], attributes, links: linksTo(links), root };
  return tracer.startActiveSpan(name, options, parent ? contextOf(parent) : context.active(), async (span) => {
    try {
      return await work(span);
    } catch (error) {
      recordFailure(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}
