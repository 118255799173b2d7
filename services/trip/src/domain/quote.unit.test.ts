import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fareOf, optionsOf } from './fares.ts';
import { cityOfWay, isExpired, signedTextOf, travelEstimate, travelModels, travelSeconds } from './quote.ts';
import type { QuoteInputs } from './quote.ts';

const pickup = { lat: 41.1496, lng: -8.6109 };
const destination = { lat: 41.1621, lng: -8.6473 };
const inputs: QuoteInputs = {
  quoteId: 'q',
  riderId: 'r',
  cityId: 'porto',
  pickup,
  destination,
  stops: [],
  distanceM: 4_210,
  durationS: 640,
  travelModel: 'straight-line.v1',
  tariffVersion: 'porto.tariff.v1',
  surgeBasisPoints: 10_000,
  quotedAt: '2026-03-02T08:00:00.000Z',
  expiresAt: '2026-03-02T08:05:00.000Z',
};

describe('cityOfWay', () => {
  it('finds the city that serves the whole way', () => {
    expect(cityOfWay([pickup, destination])).toMatchObject({ city: { id: 'porto' } });
  });

  it.each([
    ['pickup', [{ lat: 40.9, lng: -8.6 }, destination]],
    ['destination', [pickup, { lat: 41.5, lng: -8.6 }]],
    ['stop', [pickup, { lat: 0, lng: 0 }, destination]],
  ])('refuses a %s outside the service area', (_what, way) => {
    expect(cityOfWay(way)).toEqual({ refused: 'OUTSIDE_SERVICE_AREA' });
  });

  it('refuses no way at all', () => {
    expect(cityOfWay([])).toEqual({ refused: 'OUTSIDE_SERVICE_AREA' });
  });

  it('refuses less than fifty metres, and takes a round trip with a stop', () => {
    expect(cityOfWay([pickup, { lat: 41.15, lng: -8.6109 }])).toEqual({ refused: 'TRIP_TOO_SHORT' });
    expect(cityOfWay([pickup, destination, pickup])).toMatchObject({ city: { id: 'porto' } });
  });
});

describe('a quote', () => {
  it('is the price until its end, not at it', () => {
    expect(isExpired(inputs, '2026-03-02T08:04:59.999Z')).toBe(false);
    expect(isExpired(inputs, inputs.expiresAt)).toBe(true);
  });

  it('signs the same text whatever the order of its members', () => {
    const shuffled = Object.fromEntries(Object.entries(inputs).toReversed()) as unknown as QuoteInputs;
    expect(signedTextOf(shuffled)).toBe(signedTextOf(inputs));
    expect(signedTextOf({ ...inputs, distanceM: 4_209 })).not.toBe(signedTextOf(inputs));
  });

  it('prices every vehicle class, and the same bit for bit after a trip through JSON', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.nat(20_000),
        fc.integer({ min: 10_000, max: 50_000 }),
        (distanceM, durationS, surge) => {
          const quoted = { ...inputs, distanceM, durationS, surgeBasisPoints: surge };
          const options = optionsOf(quoted);
          expect(options.map(({ vehicleClass }) => vehicleClass)).toEqual(['economy', 'comfort', 'xl', 'accessible']);
          const stored = JSON.parse(JSON.stringify(quoted)) as QuoteInputs;
          for (const option of options) expect(fareOf(stored, option.vehicleClass)).toEqual(option);
        },
      ),
    );
  });
});

describe('fareOf', () => {
  it('charges the surge of the quote on what is ridden, and names it', () => {
    const calm = fareOf(inputs, 'economy');
    const surged = fareOf({ ...inputs, surgeBasisPoints: 20_000 }, 'economy');
    const ridden = calm.breakdown.filter(({ kind }) => ['base', 'distance', 'time'].includes(kind));
    const surgeMinor = ridden.reduce((sum, { amount }) => sum + amount.amount, 0);
    expect(surged.breakdown).toContainEqual({ kind: 'surge', amount: { amount: surgeMinor, currency: 'EUR' } });
    expect(surged.fare.amount).toBe(calm.fare.amount + surgeMinor);
  });
});

describe('the straight-line model', () => {
  const [model] = travelModels;

  it('stretches the line and drives it at a mean speed, in whole metres and seconds', () => {
    const { distanceM, durationS } = travelEstimate(model!, [pickup, destination]);
    expect(distanceM).toBe(4_354);
    expect(durationS).toBe(Math.round(4_354 / 7));
    expect(travelSeconds(model!, pickup, destination)).toBe(durationS);
  });
});
