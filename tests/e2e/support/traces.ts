import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from './client.ts';
import type { SunkSpan } from './otlp-sink.ts';
import type { Platform } from './platform.ts';

/** A line of a service's log. */
export interface LogLine {
  readonly service: string;
  readonly message: string;
  readonly requestId?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
}

function readLines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1); // the last may still be on its way
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as T);
}

/** Every span that the sink has taken. */
export function readSpans(platform: Platform): SunkSpan[] {
  return readLines<SunkSpan>(path.join(platform.dataDir, 'spans.jsonl'));
}

/** Every line that the services have logged. */
export function readLogs(platform: Platform): LogLine[] {
  const folder = path.join(platform.dataDir, 'logs');
  return readdirSync(folder).flatMap((name) => readLines<LogLine>(path.join(folder, name)));
}

/** The trace id of an answer. */
export function traceIdOf(headers: Headers): string {
  return /^00-([0-9a-f]{32})-/.exec(headers.get('traceparent') ?? '')?.[1] ?? '';
}

/** Spans of a trace whose parent is not among them. */
export function orphansOf(spans: readonly SunkSpan[]): SunkSpan[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(({ parentSpanId }) => parentSpanId !== '' && !known.has(parentSpanId));
}

const place = ({ name, service }: SunkSpan) => `${service}: ${name}`;

/** The way from the root of a trace down to the first span of this name, root first. */
export function pathTo(spans: readonly SunkSpan[], service: string, name: string): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const way: string[] = [];
  let span = spans.find((candidate) => candidate.service === service && candidate.name === name);
  for (; span; span = byId.get(span.parentSpanId)) way.unshift(place(span));
  return way;
}

/** Waits until a trace has arrived with these spans and without a gap. */
export async function untilTraced(
  platform: Platform,
  traceId: string,
  wanted: readonly string[],
): Promise<readonly SunkSpan[]> {
  return eventually(`the trace with ${wanted.join(', ')}`, () => {
    const spans = readSpans(platform).filter((span) => span.traceId === traceId);
    const places = new Set(spans.map(place));
    const whole = wanted.every((each) => places.has(each)) && orphansOf(spans).length === 0;
    return Promise.resolve(whole ? spans : undefined);
  });
}
