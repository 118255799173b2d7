import type { City } from './city.ts';
import type { StreamSink } from './ports.ts';

/** Those who look at the city. */
export interface CityViewers {
  /** Shows the city as it is, and then whatever changes; returns what is to be called when the viewer has gone. */
  join(sink: StreamSink): () => void;
  /** Hands out what has changed. */
  share(): void;
  closeAll(): void;
}

const BUFFER_BYTES_MAX = 512 * 1024;
/** At five calls a second, every 10 s. */
const SILENT_SHARES_MAX = 50;

const frameOf = (batch: object) => `data: ${JSON.stringify(batch)}\n\n`;

/** The {@link CityViewers} of `city`. */
export function createCityViewers(city: City): CityViewers {
  const viewers = new Set<StreamSink>();
  let silentShares = 0;
  return {
    join(sink) {
      sink.write(`retry: 1000\n\n${frameOf(city.snapshot())}`);
      viewers.add(sink);
      return () => viewers.delete(sink);
    },
    share() {
      const batch = city.takeBatch();
      silentShares = batch ? 0 : silentShares + 1;
      if (viewers.size === 0 || (!batch && silentShares < SILENT_SHARES_MAX)) return;
      silentShares = 0;
      const frame = batch ? frameOf(batch) : ':\n\n';
      for (const viewer of viewers) {
        if (viewer.bufferedBytes > BUFFER_BYTES_MAX) viewer.cut();
        else viewer.write(frame);
      }
    },
    closeAll() {
      for (const viewer of viewers) viewer.end('retry: 1000\n\n');
      viewers.clear();
    },
  };
}
