import { boundsAround, type Bounds } from './bounds.ts';
import { cities, cityAt, cityById, type City } from './cities.ts';
import type { Point } from './point.ts';

/** The zone of everything outside all cities, so that each point on Earth has exactly one zone. */
export const ELSEWHERE = 'elsewhere';

// Zone names outlive processes, so rows and columns are counted in whole 1e-7 degrees (one centimetre): in floats
// (41.025 - 40.98) / 0.045 may fall on either side of one.
const E7 = 1e7;

interface Cell {
  readonly row: number;
  readonly column: number;
}

function e7(degrees: number): number {
  return Math.round(degrees * E7);
}

function cellOf({ serviceArea, zoneGrid }: City, point: Point): Cell {
  return {
    row: Math.floor((e7(point.lat) - e7(serviceArea.south)) / e7(zoneGrid.latStepDeg)),
    column: Math.floor((e7(point.lng) - e7(serviceArea.west)) / e7(zoneGrid.lngStepDeg)),
  };
}

function lastCell(city: City): Cell {
  return cellOf(city, { lat: city.serviceArea.north, lng: city.serviceArea.east });
}

function nameOf(city: City, { row, column }: Cell): string {
  return `${city.id}:${String(row)}:${String(column)}`;
}

/**
 * The zone of a point: `<city>:<row>:<column>`, rows counted from the south and columns from the west, or
 * {@link ELSEWHERE}.
 *
 * @remarks The same point is in the same zone on every machine and in every release.
 */
export function zoneOf(point: Point): string {
  const city = cityAt(point);
  return city ? nameOf(city, cellOf(city, point)) : ELSEWHERE;
}

/** All zones of a city, south-west first, row by row; none for a city that is not served. */
export function zonesOfCity(cityId: string): string[] {
  const city = cityById(cityId);
  return city ? zonesBetween(city, { row: 0, column: 0 }, lastCell(city)) : [];
}

/**
 * The zones of all cities that reach within `radiusM` of `point`.
 *
 * @remarks Never misses one. May add a zone that only the corner of the circle's bounding box touches. Circles across the
 * antimeridian are not supported: no city lies there.
 * @throws `ASSERTION_FAILED` when the radius is negative or not finite.
 */
export function zonesWithin(point: Point, radiusM: number): string[] {
  const reach = boundsAround(point, radiusM);
  return cities.flatMap((city) => {
    const area = city.serviceArea;
    if (reach.north < area.south || reach.south > area.north || reach.east < area.west || reach.west > area.east) {
      return [];
    }
    return zonesBetween(
      city,
      cellOf(city, { lat: Math.max(reach.south, area.south), lng: Math.max(reach.west, area.west) }),
      cellOf(city, { lat: Math.min(reach.north, area.north), lng: Math.min(reach.east, area.east) }),
    );
  });
}

/** The box of a zone, cut off at the edge of the service area; `undefined` for a name that is not a city's zone. */
export function zoneBounds(zone: string): Bounds | undefined {
  const match = /^([a-z][a-z0-9-]*):(\d{1,6}):(\d{1,6})$/.exec(zone);
  const city = match?.[1] === undefined ? undefined : cityById(match[1]);
  if (!match || !city) return undefined;
  const row = Number(match[2]);
  const column = Number(match[3]);
  const last = lastCell(city);
  if (row > last.row || column > last.column) return undefined;
  const { serviceArea, zoneGrid } = city;
  const lat = (step: number): number => (e7(serviceArea.south) + step * e7(zoneGrid.latStepDeg)) / E7;
  const lng = (step: number): number => (e7(serviceArea.west) + step * e7(zoneGrid.lngStepDeg)) / E7;
  return {
    south: lat(row),
    west: lng(column),
    north: Math.min(lat(row + 1), serviceArea.north),
    east: Math.min(lng(column + 1), serviceArea.east),
  };
}

function zonesBetween(city: City, from: Cell, to: Cell): string[] {
  const zones: string[] = [];
  for (let row = from.row; row <= to.row; row += 1) {
    for (let column = from.column; column <= to.column; column += 1) zones.push(nameOf(city, { row, column }));
  }
  return zones;
}
