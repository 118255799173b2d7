import { assert } from '@rideshare/kernel';
import { travelEstimate, travelModels, travelSeconds } from '../domain/quote.ts';
import type { TravelTimes } from './ports.ts';

/** Travel times by the newest straight-line model. */
export function makeStraightLineTravelTimes(): TravelTimes {
  const model = travelModels.at(-1);
  assert(model !== undefined, 'there is a travel model');
  return {
    model: model.version,
    estimate: (way) => travelEstimate(model, way),
    seconds: (from, to) => travelSeconds(model, from, to),
  };
}
