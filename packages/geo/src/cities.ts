import { contains, type Bounds } from './bounds.ts';
import type { Point } from './point.ts';

/** How a city is cut into zones: cells of this size, counted from the south-west corner of its service area. */
export interface ZoneGrid {
  readonly latStepDeg: number;
  readonly lngStepDeg: number;
}

/** A city that is served. */
export interface City {
  readonly id: string;
  readonly name: string;
  /** ISO 4217; fares of the city are in it. */
  readonly currency: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Rides begin and end in here. */
  readonly serviceArea: Bounds;
  readonly zoneGrid: ZoneGrid;
}

/**
 * Every city that is served; another city is another entry.
 *
 * @remarks The steps of a zone grid decide the names of zones, which are partition keys of stored rows and messages: those
 * of a city that has been live never change. Porto's are 5.0 km high and wide.
 */
export const cities: readonly City[] = [
  {
    id: 'porto',
    name: 'Porto',
    currency: 'EUR',
    timeZone: 'Europe/Lisbon',
    serviceArea: { south: 40.98, west: -8.8, north: 41.4, east: -8.35 },
    zoneGrid: { latStepDeg: 0.045, lngStepDeg: 0.06 },
  },
];

/** The city that serves `point`, if any does. */
export function cityAt(point: Point): City | undefined {
  return cities.find((city) => contains(city.serviceArea, point));
}

/** The city of that id, if there is one. */
export function cityById(cityId: string): City | undefined {
  return cities.find((city) => city.id === cityId);
}
