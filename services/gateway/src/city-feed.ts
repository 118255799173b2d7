import type { Clock, Scheduler } from '@rideshare/kernel';
import type { Logger } from '@rideshare/observability';
import { City } from './usecases/city.ts';
import { createCityViewers } from './usecases/city-viewers.ts';
import type { CityViewers } from './usecases/city-viewers.ts';
import { startShareCity } from './workers/share-city.ts';

const CLOSE_TIMEOUT_MS = 10_000;

/** Where to leave what is to be closed. */
export interface Closing {
  defer(name: string, close: () => Promise<void> | void, timeoutMs: number): void;
}

/** The city of the development page. */
export interface CityFeed {
  readonly city: City;
  readonly viewers: CityViewers;
}

/** Keeps the city and shares it with whoever looks. */
export function startCityFeed(
  platform: { readonly clock: Clock; readonly scheduler: Scheduler; readonly logger: Logger },
  lifecycle: Closing,
): CityFeed {
  const city = new City(platform);
  const viewers = createCityViewers(city);
  const loop = startShareCity({ viewers, scheduler: platform.scheduler }, (error) => {
    platform.logger.error('the city was not shared', { error });
  });
  lifecycle.defer('city', () => loop.stop(), CLOSE_TIMEOUT_MS);
  return { city, viewers };
}
