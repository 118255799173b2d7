import type { Check } from '../check.ts';
import { makeTripChecks } from '../trip-rows.ts';
import { fareProblems, feeProblems, surgeProblems } from './fares.ts';
import { shareProblems } from './shares.ts';
import { foldProblems } from './trip-fold.ts';
import { assigneeProblems, stepProblems } from './trip-steps.ts';

/** What one trip's row, history, quote and payment tell of each other. */
export const tripChecks: readonly Check[] = makeTripChecks([
  {
    name: 'one-assignee',
    rule: 3,
    title: 'a trip never has a second driver',
    lookAt: 'trip.trip_events of type accepted',
    scope: 'store',
    judge: assigneeProblems,
  },
  {
    name: 'trip-steps',
    rule: 4,
    title: 'trips take legal steps only, nothing follows an end, and versions have no gaps',
    lookAt: 'trip.trip_events by trip_id and version',
    scope: 'store',
    judge: stepProblems,
  },
  {
    name: 'trip-is-its-events',
    rule: 4,
    title: 'the row of a trip is what its events add up to, column by column',
    lookAt: 'trip.trips and trip.trip_events by trip_id',
    scope: 'store',
    judge: foldProblems,
  },
  {
    name: 'cancellation-fee',
    rule: 8,
    title: 'a cancellation costs what the policy of the trip charges for it, which is nothing in its time of grace',
    lookAt: 'trip.trips, the columns cancelled_… and fee_amount; the policies in packages/pricing',
    scope: 'store',
    judge: feeProblems,
  },
  {
    name: 'fares-recompute',
    rule: 9,
    title: 'fares recompute from their stored inputs, bit for bit, and receipts add named lines only',
    lookAt: 'trip.trips and trip.quotes; the tariffs in packages/pricing',
    scope: 'store',
    judge: fareProblems,
  },
  {
    name: 'surge-as-accepted',
    rule: 10,
    title: 'the surge that is charged is the one that the rider accepted with the quote',
    lookAt: 'trip.trips.surge_basis_points, breakdown and lines; trip.quotes.inputs',
    scope: 'store',
    judge: surgeProblems,
  },
  {
    name: 'payment-divides-the-total',
    rule: 18,
    title: 'the parts of a payment recompute from the lines and the policy of its trip',
    lookAt: 'payment.payments.share_driver and share_booking_fee; trip.trips.lines',
    scope: 'across',
    judge: shareProblems,
  },
]);
