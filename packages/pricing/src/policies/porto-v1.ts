import type { FarePolicy } from '../policy.ts';

/** Porto's first policy. Never edited: cancellation fees name it and recompute from it. */
export const portoPolicyV1: FarePolicy = {
  version: 'porto.policy.v1',
  cityId: 'porto',
  currency: 'EUR',
  validFrom: '2020-01-01T00:00:00.000Z',
  cancellation: { freeS: 120, feeMinor: 250, noShowAfterS: 300, noShowFeeMinor: 400 },
  waiting: { freeS: 120 },
  driverShareBasisPoints: 8_000,
};
