import type { Tariff } from './tariff.ts';
import { portoTariffV1 } from './tariffs/porto-v1.ts';
import { byVersion, inForce } from './versions.ts';

const tariffs: readonly Tariff[] = [portoTariffV1];

/**
 * The tariff that a quote was made with.
 *
 * @throws `TARIFF_UNKNOWN` when there is no such version.
 */
export function tariffByVersion(version: string): Tariff {
  return byVersion(tariffs, version, 'TARIFF_UNKNOWN');
}

/**
 * The tariff of a city in force at `at`.
 *
 * @throws `TARIFF_UNKNOWN` when the city has none at that time.
 */
export function currentTariff(cityId: string, at: Date): Tariff {
  return inForce(tariffs, cityId, at, 'TARIFF_UNKNOWN');
}
