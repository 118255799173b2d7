import { getTripState } from '@rideshare/contracts';
import type { ServiceClient } from '@rideshare/http';
import { isAppError } from '@rideshare/kernel';
import type { Trips } from '../usecases/ports.ts';

/** The trip service over HTTP. */
export function createTrips(client: ServiceClient): Trips {
  return {
    async stateOf(tripId) {
      try {
        const { body } = await client.call(getTripState, { params: { id: tripId } });
        const { status, riderId, driverId, paymentMethodId, fare, due, tariffVersion, lines } = body;
        return { status, riderId, driverId, methodId: paymentMethodId, fare, due, tariffVersion, lines };
      } catch (error) {
        if (isAppError(error) && error.kind === 'not_found') return null;
        throw error;
      }
    },
  };
}
