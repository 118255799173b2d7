const KEY = Symbol.for('rideshare.flushTelemetry');

type Flush = () => Promise<void>;

/** Tells {@link flushTelemetry} how; called by the preload, which is another entry of this package. */
export function onFlushTelemetry(flush: Flush): void {
  Object.defineProperty(globalThis, KEY, { value: flush, configurable: true });
}

/** Sends the spans that still wait, once, before the process ends; nothing to do without the preload. */
export async function flushTelemetry(): Promise<void> {
  const flush = (globalThis as Partial<Record<typeof KEY, Flush>>)[KEY];
  await flush?.();
}
