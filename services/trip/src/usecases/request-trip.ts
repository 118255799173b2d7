import { isAppError, operationFor, startingAnew } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import type { VehicleClass } from '@rideshare/pricing';
import { zoneOf } from '@rideshare/geo';
import type { Point } from '@rideshare/geo';
import type { TripBounds } from '../domain/bounds.ts';
import { decide } from '../domain/decide.ts';
import { tripError } from '../domain/errors.ts';
import { evolve } from '../domain/evolve.ts';
import { fareOf, policyVersionAt } from '../domain/fares.ts';
import { isExpired, signedTextOf } from '../domain/quote.ts';
import type { Quote } from '../domain/quote.ts';
import { timestampOf } from '../domain/timestamp.ts';
import type { TripCommand } from '../domain/decide.ts';
import type { TripFacts, TripState } from '../domain/trip.ts';
import type {
  DispatchNudges,
  QuoteStore,
  RiderStandings,
  Signals,
  StartCodes,
  TripStore,
  TripTraces,
} from './ports.ts';
import { priceRide } from './price-ride.ts';
import type { PricingDeps } from './price-ride.ts';
import { tripViewFor } from './trip-view.ts';
import type { TripView } from './trip-view.ts';

/** What requesting a trip needs. */
export interface RequestTripDeps extends PricingDeps {
  readonly trips: TripStore;
  readonly quotes: QuoteStore;
  readonly standings: RiderStandings;
  readonly startCodes: StartCodes;
  readonly dispatch: DispatchNudges;
  readonly signals: Signals;
  readonly traces: TripTraces;
  readonly bounds: TripBounds;
}

/** A rider's wish for a ride: at a quoted price, or between two points at the price of the moment. */
export interface RequestTripCommand {
  readonly riderId: string;
  readonly vehicleClass: VehicleClass;
  readonly paymentMethodId: string | undefined;
  readonly ride: { readonly quoteId: string } | { readonly pickup: Point; readonly destination: Point };
}

/**
 * Begins a trip: the quote is the price, the rider has no other open trip and owes nothing.
 *
 * @throws `QUOTE_NOT_FOUND`, `QUOTE_EXPIRED`, `OUTSIDE_SERVICE_AREA`, `TRIP_TOO_SHORT`, `PAYMENT_OUTSTANDING`,
 * `PAYMENT_METHOD_NOT_FOUND`, `RIDER_HAS_ACTIVE_TRIP`.
 */
export async function requestTrip(
  deps: RequestTripDeps,
  operation: Operation<TripView>,
  command: RequestTripCommand,
): Promise<TripView> {
  try {
    return await beginTrip(deps, operation, command);
  } catch (error) {
    if (isAppError(error)) deps.signals.requestRefused(error.code);
    throw error;
  }
}

async function beginTrip(
  deps: RequestTripDeps,
  operation: Operation<TripView>,
  command: RequestTripCommand,
): Promise<TripView> {
  const standing = deps.standings.of(command.riderId, command.paymentMethodId).catch((error: unknown) => {
    // no trip was written: minutes later, the same key must neither revive an old quote nor begin a search that is over
    throw startingAnew(error);
  });
  // the quote's refusal goes first; a failure of the other call is met when it is awaited
  standing.catch(() => undefined);
  const quote = await quoteFor(deps, operation, command);
  const { owes, methodFound, paymentMethodId } = await standing;
  if (owes) throw tripError('PAYMENT_OUTSTANDING');
  if (!methodFound) throw tripError('PAYMENT_METHOD_NOT_FOUND');

  const view = (trip: TripState): TripView => tripViewFor(deps.startCodes, { userId: command.riderId }, trip);
  const request = requestOf(operation, command, quote, { paymentMethodId, requestTrace: deps.traces.current() });
  const decision = decide(undefined, request, deps.bounds);
  if (decision.outcome !== 'event') throw tripError('TRIP_TRANSITION_NOT_ALLOWED');
  const trip = evolve(undefined, decision.event);
  const creation = { eventId: operation.id('trip-event-1'), event: decision.event, to: trip };
  const outcome = await deps.traces.step('trip requested', trip.facts, () =>
    deps.trips.create(operationFor(operation, view), creation),
  );
  if (outcome === 'rider_busy') throw tripError('RIDER_HAS_ACTIVE_TRIP');
  if (outcome === 'exists') return view((await deps.trips.read(trip.facts.tripId)) ?? trip);
  deps.dispatch.requested(trip);
  deps.signals.tripChanged(trip, null);
  return view(trip);
}

async function quoteFor(
  deps: RequestTripDeps,
  operation: Operation<TripView>,
  { riderId, ride }: RequestTripCommand,
): Promise<Quote> {
  if (!('quoteId' in ride)) {
    const quote = priceRide(deps, operation, { ...ride, riderId, stops: [] });
    await deps.quotes.save(quote);
    return quote;
  }
  const quote = await deps.quotes.find(ride.quoteId);
  if (quote?.inputs.riderId !== riderId) throw tripError('QUOTE_NOT_FOUND');
  if (isExpired(quote.inputs, timestampOf(operation.at))) throw tripError('QUOTE_EXPIRED');
  if (!deps.quoteSeal.verify(signedTextOf(quote.inputs), quote.signature)) throw tripError('QUOTE_CORRUPT');
  return quote;
}

function requestOf(
  operation: Operation<TripView>,
  { riderId, vehicleClass }: RequestTripCommand,
  { inputs }: Quote,
  { paymentMethodId, requestTrace }: Pick<TripFacts, 'paymentMethodId' | 'requestTrace'>,
): TripCommand {
  const { fare, breakdown } = fareOf(inputs, vehicleClass);
  const at = timestampOf(operation.at);
  return {
    type: 'request',
    at,
    facts: {
      tripId: operation.id('trip'),
      riderId,
      quoteId: inputs.quoteId,
      zone: zoneOf(inputs.pickup),
      pickup: inputs.pickup,
      destination: inputs.destination,
      stops: inputs.stops,
      vehicleClass,
      distanceM: inputs.distanceM,
      durationS: inputs.durationS,
      surgeBasisPoints: inputs.surgeBasisPoints,
      tariffVersion: inputs.tariffVersion,
      policyVersion: policyVersionAt(inputs.cityId, at),
      fare,
      breakdown,
      paymentMethodId,
      requestTrace,
    },
  };
}
