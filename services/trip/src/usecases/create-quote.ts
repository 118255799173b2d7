import { straightLine } from '@rideshare/geo';
import type { LineString } from '@rideshare/geo';
import { operationFor } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import { optionsOf } from '../domain/fares.ts';
import type { FareOption } from '../domain/fares.ts';
import { wayOf } from '../domain/quote.ts';
import type { QuoteInputs } from '../domain/quote.ts';
import type { FleetView, QuoteStore } from './ports.ts';
import { priceRide } from './price-ride.ts';
import type { PricingDeps, Ride } from './price-ride.ts';

/** A quote as the rider is shown it. */
export interface OfferedQuote {
  readonly inputs: QuoteInputs;
  readonly geometry: LineString;
  readonly options: readonly (FareOption & { readonly pickupEtaS: number | null })[];
}

/**
 * Prices a ride in every vehicle class and stores the quote before it is answered.
 *
 * @throws `OUTSIDE_SERVICE_AREA`, `TRIP_TOO_SHORT`.
 */
export async function createQuote(
  deps: PricingDeps & { readonly quotes: QuoteStore; readonly fleet: FleetView },
  operation: Operation<OfferedQuote>,
  ride: Ride,
): Promise<OfferedQuote> {
  const quote = priceRide(deps, operation, ride);
  const { inputs } = quote;
  const etasS = deps.fleet.pickupEtasS(inputs.pickup, inputs.quotedAt);
  const options = optionsOf(inputs).map((option) => ({ ...option, pickupEtaS: etasS[option.vehicleClass] ?? null }));
  const offered = { inputs, geometry: straightLine(wayOf(inputs)), options };
  await deps.quotes.save(
    quote,
    operationFor(operation, () => offered),
  );
  return offered;
}
