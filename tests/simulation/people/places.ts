import type { RandomStream } from '@rideshare/kernel';

/** A point of the city. */
export interface Place {
  readonly lat: number;
  readonly lng: number;
}

/** Somewhere in a few square kilometres of Porto, so that drivers are always near enough. */
export function somePlace(random: RandomStream): Place {
  return { lat: random.between(41.145, 41.165), lng: random.between(-8.635, -8.605) };
}
