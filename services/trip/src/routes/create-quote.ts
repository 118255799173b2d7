import { createQuote as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { createQuote } from '../usecases/create-quote.ts';
import type { OfferedQuote } from '../usecases/create-quote.ts';

const PLAIN_BASIS_POINTS = 10_000;

/** `POST /api/quotes` */
export function createQuoteEndpoint(deps: Parameters<typeof createQuote>[0]): Endpoint {
  return endpoint<typeof route, OfferedQuote>(route, {
    run: ({ body, principal, operation }) => {
      const { pickup, destination, stops = [] } = body;
      return createQuote(deps, operation, { riderId: userId(principal), pickup, destination, stops });
    },
    respond: ({ inputs, geometry, options }) => ({
      status: 201,
      body: {
        id: inputs.quoteId,
        expiresAt: inputs.expiresAt,
        distanceM: inputs.distanceM,
        durationS: inputs.durationS,
        geometry,
        options: options.map(({ vehicleClass, fare, breakdown, surgeBasisPoints, pickupEtaS }) => ({
          vehicleClass,
          fare,
          breakdown: [...breakdown],
          surgeMultiplier: surgeBasisPoints / PLAIN_BASIS_POINTS,
          pickupEtaS,
        })),
      },
    }),
  });
}
