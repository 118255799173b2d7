import type { Operation } from '@rideshare/kernel';
import { NO_SURGE_BASIS_POINTS } from '@rideshare/pricing';
import { tripError } from '../domain/errors.ts';
import { tariffVersionAt } from '../domain/fares.ts';
import { cityOfWay, signedTextOf, wayOf } from '../domain/quote.ts';
import type { Quote, QuoteInputs } from '../domain/quote.ts';
import { plusMs, timestampOf } from '../domain/timestamp.ts';
import type { QuoteSeal, TravelTimes } from './ports.ts';

/** What pricing a ride needs. */
export interface PricingDeps {
  readonly quoteSeal: QuoteSeal;
  readonly travelTimes: TravelTimes;
  readonly quoteTtlMs: number;
}

/** A ride that somebody wants the price of. */
export type Ride = Pick<QuoteInputs, 'riderId' | 'pickup' | 'destination' | 'stops'>;

/**
 * The signed quote of a ride; the same operation always makes the same one.
 *
 * @throws `OUTSIDE_SERVICE_AREA`, `TRIP_TOO_SHORT`.
 */
export function priceRide(deps: PricingDeps, operation: Pick<Operation, 'at' | 'id'>, ride: Ride): Quote {
  const way = wayOf(ride);
  const served = cityOfWay(way);
  if ('refused' in served) throw tripError(served.refused);
  const quotedAt = timestampOf(operation.at);
  const inputs: QuoteInputs = {
    quoteId: operation.id('quote'),
    riderId: ride.riderId,
    cityId: served.city.id,
    pickup: ride.pickup,
    destination: ride.destination,
    stops: ride.stops,
    ...deps.travelTimes.estimate(way),
    travelModel: deps.travelTimes.model,
    tariffVersion: tariffVersionAt(served.city.id, quotedAt),
    surgeBasisPoints: NO_SURGE_BASIS_POINTS,
    quotedAt,
    expiresAt: plusMs(quotedAt, deps.quoteTtlMs),
  };
  return { inputs, signature: deps.quoteSeal.sign(signedTextOf(inputs)) };
}
