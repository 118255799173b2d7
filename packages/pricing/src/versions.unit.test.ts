import { describe, expect, test } from '@jest/globals';
import { currentPolicy, policyByVersion } from './find-policy.ts';
import { currentTariff, tariffByVersion } from './find-tariff.ts';
import { vehicleClasses } from './tariff.ts';
import { inForce, type Versioned } from './versions.ts';

const at = new Date('2026-06-01T12:00:00.000Z');

describe('currentTariff', () => {
  test('of Porto, prices every vehicle class in euro and is found again by its version', () => {
    const tariff = currentTariff('porto', at);
    expect(tariff.currency).toBe('EUR');
    expect(Object.keys(tariff.rates).toSorted()).toStrictEqual([...vehicleClasses].toSorted());
    expect(tariffByVersion(tariff.version)).toBe(tariff);
  });

  test('of a city without one, or before its first, fails with a code', () => {
    const unknown = expect.objectContaining({ code: 'TARIFF_UNKNOWN' });
    expect(() => currentTariff('lisbon', at)).toThrow(unknown);
    expect(() => currentTariff('porto', new Date('1999-01-01T00:00:00.000Z'))).toThrow(unknown);
    expect(() => tariffByVersion('porto.tariff.v0')).toThrow(unknown);
  });

  test('at a time that is none, is refused', () => {
    expect(() => currentTariff('porto', new Date('never'))).toThrow('valid time');
  });
});

describe('tariffByVersion', () => {
  test('of the first tariff of Porto, has the prices that were published', () => {
    // a published tariff recomputes for ever: whoever needs other prices adds a version
    expect(tariffByVersion('porto.tariff.v1').rates).toMatchInlineSnapshot(`
{
  "accessible": {
    "baseMinor": 120,
    "bookingFeeMinor": 50,
    "minimumFareMinor": 350,
    "perKmMinor": 55,
    "perMinuteMinor": 12,
    "waitPerMinuteMinor": 20,
  },
  "comfort": {
    "baseMinor": 180,
    "bookingFeeMinor": 60,
    "minimumFareMinor": 500,
    "perKmMinor": 75,
    "perMinuteMinor": 16,
    "waitPerMinuteMinor": 28,
  },
  "economy": {
    "baseMinor": 120,
    "bookingFeeMinor": 50,
    "minimumFareMinor": 350,
    "perKmMinor": 55,
    "perMinuteMinor": 12,
    "waitPerMinuteMinor": 20,
  },
  "xl": {
    "baseMinor": 220,
    "bookingFeeMinor": 60,
    "minimumFareMinor": 650,
    "perKmMinor": 95,
    "perMinuteMinor": 20,
    "waitPerMinuteMinor": 35,
  },
}
`);
  });
});

describe('currentPolicy', () => {
  test('of Porto, is what was published and is found again by its version', () => {
    const policy = currentPolicy('porto', at);
    expect(policy).toMatchObject({
      currency: 'EUR',
      cancellation: { freeS: 120, feeMinor: 250, noShowAfterS: 300, noShowFeeMinor: 400 },
      waiting: { freeS: 120 },
      driverShareBasisPoints: 8_000,
    });
    expect(policyByVersion(policy.version)).toBe(policy);
  });

  test('of a city without one, fails with a code', () => {
    const unknown = expect.objectContaining({ code: 'POLICY_UNKNOWN' });
    expect(() => currentPolicy('lisbon', at)).toThrow(unknown);
    expect(() => policyByVersion('porto.policy.v0')).toThrow(unknown);
  });
});

describe('inForce', () => {
  test('among several versions, takes the latest of the city that has begun', () => {
    const entry = (version: string, cityId: string, validFrom: string): Versioned => ({ version, cityId, validFrom });
    const entries = [
      entry('a.v2', 'a', '2026-05-01T00:00:00.000Z'),
      entry('a.v1', 'a', '2026-01-01T00:00:00.000Z'),
      entry('a.v3', 'a', '2026-07-01T00:00:00.000Z'),
      entry('b.v1', 'b', '2026-05-20T00:00:00.000Z'),
    ];
    const versionAt = (time: string): string => inForce(entries, 'a', new Date(time), 'NONE').version;
    expect(versionAt('2026-04-30T23:59:59.999Z')).toBe('a.v1');
    expect(versionAt('2026-05-01T00:00:00.000Z')).toBe('a.v2');
    expect(versionAt('2026-06-30T00:00:00.000Z')).toBe('a.v2');
    expect(versionAt('2027-01-01T00:00:00.000Z')).toBe('a.v3');
  });
});
