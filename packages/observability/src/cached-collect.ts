import type { Gauge } from 'prom-client';
import { withinMs } from './deadline.ts';

/** What a gauge shows: one number, or one for each combination of labels. */
export type Sample<Label extends string = never> =
  number | readonly { readonly labels: Partial<Record<Label, string>>; readonly value: number }[];

const CACHE_MS = 5_000; // below every scrape interval in use, and it spares the database from curious people
const DEADLINE_MS = 1_000; // a hanging store must not make the other metrics unreadable

function show(gauge: Gauge<string>, sample: Sample<string>): void {
  gauge.reset();
  const samples = typeof sample === 'number' ? [{ labels: {}, value: sample }] : sample;
  for (const { labels, value } of samples) gauge.set(labels, value);
}

/** A `collect` for a gauge that asks `read` at most once in 5 s, one question at a time. */
export function cachedCollect(
  read: () => Sample<string> | Promise<Sample<string>>,
  onFailure: (error: unknown) => void,
): (this: Gauge<string>) => Promise<void> {
  let freshUntil = 0;
  let reading: Promise<void> | undefined;
  const refresh = async (gauge: Gauge<string>): Promise<void> => {
    try {
      show(gauge, await withinMs(DEADLINE_MS, async () => read()));
      freshUntil = performance.now() + CACHE_MS;
    } catch (error) {
      onFailure(error);
    } finally {
      reading = undefined;
    }
  };
  return async function collect() {
    if (performance.now() >= freshUntil) await (reading ??= refresh(this));
  };
}
