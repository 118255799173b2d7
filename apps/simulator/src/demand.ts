import type { Point } from '@rideshare/geo';
import { randomStream } from '@rideshare/kernel';

/** Somebody wants a ride. */
export interface RideWish {
  /** Its place in the demand, from 0; also what its rider's decisions are drawn from. */
  readonly index: number;
  /** City seconds after the start. */
  readonly atS: number;
  readonly pickup: Point;
  readonly destination: Point;
}

interface HotSpot {
  readonly centre: Point;
  readonly spreadDeg: number;
  readonly weight: number;
}

/** Where people are in the generated city: the centre, the station, the beach, the hospital, the airport. */
const HOT_SPOTS: readonly HotSpot[] = [
  { centre: { lat: 41.1486, lng: -8.611 }, spreadDeg: 0.006, weight: 5 },
  { centre: { lat: 41.1489, lng: -8.5856 }, spreadDeg: 0.005, weight: 3 },
  { centre: { lat: 41.1587, lng: -8.63 }, spreadDeg: 0.007, weight: 4 },
  { centre: { lat: 41.1616, lng: -8.6836 }, spreadDeg: 0.006, weight: 2 },
  { centre: { lat: 41.1811, lng: -8.6019 }, spreadDeg: 0.005, weight: 2 },
  { centre: { lat: 41.237, lng: -8.6705 }, spreadDeg: 0.003, weight: 2 },
];
const WEIGHT_ALL = HOT_SPOTS.reduce((sum, { weight }) => sum + weight, 0);
const DAY_S = 86_400;

/** A place where somebody might be. */
export function placeNear(random: ReturnType<typeof randomStream>): Point {
  let left = random.between(0, WEIGHT_ALL);
  const spot = HOT_SPOTS.find(({ weight }) => (left -= weight) < 0) ?? HOT_SPOTS[0];
  if (!spot) throw new Error('the city has no hot spots');
  return {
    lat: spot.centre.lat + random.normal() * spot.spreadDeg,
    lng: spot.centre.lng + random.normal() * spot.spreadDeg,
  };
}

/** Demand without a file: a Poisson stream of `ratePerS` wishes per city second between hot spots, for ever. */
export function* generateDemand(seed: number, ratePerS: number): Generator<RideWish> {
  const arrivals = randomStream(seed, 'arrivals');
  let atS = 0;
  for (let index = 0; ; index += 1) {
    atS += -Math.log(1 - arrivals.next()) / ratePerS;
    const places = randomStream(seed, 'wish', index);
    yield { index, atS, pickup: placeNear(places), destination: placeNear(places) };
  }
}

/** A taxi trip as the file has it. */
export interface RecordedTrip {
  /** Unix seconds. */
  readonly startedAtS: number;
  readonly pickup: Point;
  readonly destination: Point;
}

/** The recorded trips as demand: start times folded onto one day, the earliest of it at the start. */
export function foldOntoOneDay(trips: readonly RecordedTrip[]): RideWish[] {
  const folded = trips.map((trip) => ({ ...trip, atS: trip.startedAtS % DAY_S })).toSorted((a, b) => a.atS - b.atS);
  const firstS = folded[0]?.atS ?? 0;
  return folded.map(({ atS, destination, pickup }, index) => ({ index, atS: atS - firstS, pickup, destination }));
}
