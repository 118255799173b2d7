import { randomBytes } from 'node:crypto';
import { traceHeaders } from '@rideshare/observability';

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C `traceparent` of the request's server span; made here when telemetry is switched off. */
export function serverTraceparent(incoming: string | undefined): string {
  const current = traceHeaders()['traceparent'];
  if (current !== undefined) return current;
  const traceId = incoming === undefined ? undefined : TRACEPARENT.exec(incoming)?.[1];
  return `00-${traceId ?? randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}

/** The trace id inside a `traceparent`. */
export function traceIdOfParent(traceparent: string): string {
  return TRACEPARENT.exec(traceparent)?.[1] ?? '';
}
