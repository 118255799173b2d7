import { beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { after, idOf } from '../../test/support/builders.ts';
import { sealedOperation } from '../../test/support/operations.ts';
import { useCaseDeps } from '../../test/support/use-case-deps.ts';
import type { UseCaseDeps } from '../../test/support/use-case-deps.ts';
import { createQuote } from './create-quote.ts';
import type { OfferedQuote } from './create-quote.ts';
import { requestTrip } from './request-trip.ts';
import type { RequestTripCommand } from './request-trip.ts';
import type { TripView } from './trip-view.ts';

const RIDE = { pickup: { lat: 41.1496, lng: -8.6109 }, destination: { lat: 41.1621, lng: -8.6473 } };
const riderId = idOf('rider');
let deps: UseCaseDeps;

beforeEach(() => {
  deps = useCaseDeps();
});

const quote = (more: object = {}) => {
  const operation = sealedOperation<OfferedQuote>('quote');
  return createQuote(deps, operation, { riderId, stops: [], ...RIDE, ...more }).then((offered) => ({
    offered,
    operation,
  }));
};

const request = (more: Partial<RequestTripCommand> = {}, operation = sealedOperation<TripView>('request')) =>
  requestTrip(deps, operation, { riderId, vehicleClass: 'economy', paymentMethodId: undefined, ride: RIDE, ...more });

describe('createQuote', () => {
  it('stores a signed quote that lasts five minutes and answers with every class', async () => {
    const { offered, operation } = await quote();
    expect(offered.inputs).toMatchObject({
      cityId: 'porto',
      distanceM: 4_354,
      durationS: 622,
      travelModel: 'straight-line.v1',
      tariffVersion: 'porto.tariff.v1',
      expiresAt: after(300_000),
    });
    expect(offered.options.map(({ fare, pickupEtaS }) => [fare.amount, pickupEtaS])).toEqual([
      [533, null],
      [733, null],
      [901, null],
      [533, null],
    ]);
    expect(operation.sealed).toEqual([offered]);
    expect(await deps.quotes.find(offered.inputs.quoteId)).toMatchObject({ inputs: offered.inputs });
  });

  it('goes by its stops', async () => {
    const detour = { lat: 41.18, lng: -8.6 };
    const { offered } = await quote({ stops: [detour] });
    expect(offered.inputs.distanceM).toBeGreaterThan(4_354);
    expect(offered.geometry.coordinates[1]).toEqual([detour.lng, detour.lat]);
  });

  it('is refused where nobody drives', async () => {
    await expect(quote({ destination: { lat: 0, lng: 0 } })).rejects.toMatchObject({ code: 'OUTSIDE_SERVICE_AREA' });
    await expect(quote({ destination: RIDE.pickup })).rejects.toMatchObject({ code: 'TRIP_TOO_SHORT' });
  });
});

describe('requestTrip', () => {
  it('takes price and tariff from the quote and tells the dispatcher', async () => {
    const { offered } = await quote();
    const operation = sealedOperation<TripView>('request');
    const view = await request({ ride: { quoteId: offered.inputs.quoteId }, vehicleClass: 'xl' }, operation);
    const [, , xl] = offered.options;
    expect(view.trip.facts).toMatchObject({ fare: xl?.fare, breakdown: xl?.breakdown, zone: 'porto:3:3' });
    expect(view.startCode).toBeNull();
    expect(operation.sealed).toEqual([view]);
    expect(deps.pool.get(view.trip.facts.tripId)).toBeDefined();
  });

  it('begins one trip however often it is repeated', async () => {
    const first = await request();
    const again = await request();
    expect(again).toEqual(first);
    expect(await deps.eventsOf(first.trip.facts.tripId)).toHaveLength(1);
  });

  it.each([
    [{ owes: true, methodFound: true, paymentMethodId: null }, 'PAYMENT_OUTSTANDING'],
    [{ owes: false, methodFound: false, paymentMethodId: null }, 'PAYMENT_METHOD_NOT_FOUND'],
  ])('is refused by the rider’s standing %j', async (standing, code) => {
    deps.standing.now = standing;
    await expect(request()).rejects.toMatchObject({ code });
    expect(deps.signals.heard).toContainEqual(['requestRefused', code]);
  });

  it('is refused while the rider is on a trip', async () => {
    await request();
    await expect(request({}, sealedOperation('another'))).rejects.toMatchObject({ code: 'RIDER_HAS_ACTIVE_TRIP' });
  });

  it('is refused with a quote of another, none, or one that was changed', async () => {
    const { offered } = await quote();
    const ride = { quoteId: offered.inputs.quoteId };
    await expect(request({ ride, riderId: idOf('rider', 2) })).rejects.toMatchObject({ code: 'QUOTE_NOT_FOUND' });
    await expect(request({ ride: { quoteId: idOf('quote', 9) } })).rejects.toMatchObject({ code: 'QUOTE_NOT_FOUND' });
    const late = sealedOperation<TripView>('late', { at: after(300_000) });
    await expect(request({ ride }, late)).rejects.toMatchObject({ code: 'QUOTE_EXPIRED', kind: 'gone' });
    const changed = { ...offered.inputs, quoteId: idOf('quote', 8), distanceM: 1 };
    await deps.quotes.save({ inputs: changed, signature: 'of another text' });
    await expect(request({ ride: { quoteId: changed.quoteId } })).rejects.toMatchObject({
      code: 'QUOTE_CORRUPT',
      kind: 'internal',
    });
  });

  it('does not begin while nobody knows what the rider owes, and leaves nothing to go on with', async () => {
    const silent = new AppError('UPSTREAM_AMBIGUOUS', 'unavailable', 'no answer');
    const asking = requestTrip(
      { ...deps, standings: { of: () => Promise.reject(silent) } },
      sealedOperation<TripView>('request'),
      { riderId, vehicleClass: 'economy', paymentMethodId: undefined, ride: RIDE },
    );
    await expect(asking).rejects.toMatchObject({ code: 'UPSTREAM_AMBIGUOUS', kind: 'unavailable', startsAnew: true });
    expect(await deps.views.countOpen()).toBe(0);
  });
});
