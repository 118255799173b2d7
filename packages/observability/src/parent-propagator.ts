import type { TextMapPropagator } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

/**
 * W3C trace context without `tracestate`.
 *
 * @remarks That header is a note of the caller's tracing vendor to itself. Nothing of ours reads it, and whatever a caller put into it would
 * be kept in spans and in the headers of events.
 */
export function createParentPropagator(): TextMapPropagator {
  const whole = new W3CTraceContextPropagator();
  return {
    fields: () => ['traceparent'],
    inject: (context, carrier, setter) => {
      whole.inject(context, carrier, setter);
    },
    extract: (context, carrier, getter) =>
      whole.extract(context, carrier, {
        keys: (from) => getter.keys(from),
        get: (from: unknown, key) => (key === 'tracestate' ? undefined : getter.get(from as typeof carrier, key)),
      }),
  };
}
