import type { Tariff } from '../tariff.ts';

/**
 * Porto's first tariff.
 *
 * @remarks Never edited: quotes, trips and receipts name it and recompute from it. A wheelchair-accessible ride costs what
 * an economy ride costs.
 */
export const portoTariffV1: Tariff = {
  version: 'porto.tariff.v1',
  cityId: 'porto',
  currency: 'EUR',
  validFrom: '2020-01-01T00:00:00.000Z',
  rates: {
    economy: {
      baseMinor: 120,
      perKmMinor: 55,
      perMinuteMinor: 12,
      bookingFeeMinor: 50,
      minimumFareMinor: 350,
      waitPerMinuteMinor: 20,
    },
    comfort: {
      baseMinor: 180,
      perKmMinor: 75,
      perMinuteMinor: 16,
      bookingFeeMinor: 60,
      minimumFareMinor: 500,
      waitPerMinuteMinor: 28,
    },
    xl: {
      baseMinor: 220,
      perKmMinor: 95,
      perMinuteMinor: 20,
      bookingFeeMinor: 60,
      minimumFareMinor: 650,
      waitPerMinuteMinor: 35,
    },
    accessible: {
      baseMinor: 120,
      perKmMinor: 55,
      perMinuteMinor: 12,
      bookingFeeMinor: 50,
      minimumFareMinor: 350,
      waitPerMinuteMinor: 20,
    },
  },
};
