import { expect, test } from '@jest/globals';
import type { ServiceClient } from '@rideshare/http';
import { AppError } from '@rideshare/kernel';
import { createTrips } from './trips.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });

function clientThat(answer: () => unknown): ServiceClient {
  return { call: async () => ({ status: 200, body: answer() as never }) };
}

test('createTrips, for a trip that is known, tells where it stands', async () => {
  const body = {
    id: 'trip',
    status: 'completed',
    version: 5,
    riderId: 'rider',
    driverId: 'driver',
    offerId: 'offer',
    paymentMethodId: 'method',
    fare: eur(1_000),
    tariffVersion: 'porto.tariff.v1',
    due: eur(1_100),
    lines: [{ kind: 'base', amount: eur(1_100) }],
  };
  expect(await createTrips(clientThat(() => body)).stateOf('trip')).toEqual({
    status: 'completed',
    riderId: 'rider',
    driverId: 'driver',
    methodId: 'method',
    fare: eur(1_000),
    due: eur(1_100),
    tariffVersion: 'porto.tariff.v1',
    lines: body.lines,
  });
});

test('createTrips, for a trip that is unknown, tells so; any other failure is passed on', async () => {
  const failing = (error: AppError) =>
    createTrips(
      clientThat(() => {
        throw error;
      }),
    ).stateOf('trip');
  expect(await failing(new AppError('TRIP_NOT_FOUND', 'not_found', 'none'))).toBeNull();
  const ambiguous = new AppError('UPSTREAM_AMBIGUOUS', 'unavailable', 'no answer');
  await expect(failing(ambiguous)).rejects.toBe(ambiguous);
});
