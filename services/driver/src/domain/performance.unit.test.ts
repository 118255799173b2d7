import { expect, it } from '@jest/globals';
import { performanceOf } from './performance.ts';
import type { Tally } from './performance.ts';

const nothing: Tally = {
  offers: 0,
  accepted: 0,
  declined: 0,
  expired: 0,
  completed: 0,
  cancelled: 0,
  cancelledByDriver: 0,
  starsSum: 0,
  ratings: 0,
  onlineS: 0,
  earnings: [],
};

it('performanceOf, of somebody new, has no rates', () => {
  expect(performanceOf(nothing)).toMatchObject({ acceptanceRate: null, completionRate: null, rating: null });
});

it('performanceOf, does not hold withdrawn offers and trips cancelled by others against anybody', () => {
  const figures = performanceOf({
    ...nothing,
    offers: 9,
    accepted: 6,
    declined: 1,
    expired: 1,
    completed: 3,
    cancelled: 3,
    cancelledByDriver: 1,
    starsSum: 14,
    ratings: 3,
  });
  expect(figures).toMatchObject({ acceptanceRate: 0.75, completionRate: 0.75, rating: 4.67 });
});
