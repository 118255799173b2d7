import { assignTrip, getTripState } from '@rideshare/contracts';
import type { ServiceClient } from '@rideshare/http';
import { isAppError } from '@rideshare/kernel';
import type { Trips } from '../usecases/ports.ts';

const ENDS: ReadonlySet<string> = new Set(['completed', 'cancelled', 'expired']);

/** {@link Trips} over the trip service. */
export function createTripsClient(client: ServiceClient): Trips {
  return {
    async assign({ tripId, driverId, offerId, epoch }) {
      const { body } = await client.call(assignTrip, { params: { id: tripId }, body: { driverId, offerId, epoch } });
      return body.outcome;
    },
    async standing(tripId) {
      try {
        const { body } = await client.call(getTripState, { params: { id: tripId } });
        return ENDS.has(body.status) ? 'ended' : 'active';
      } catch (error) {
        if (isAppError(error) && error.code === 'TRIP_NOT_FOUND') return 'unknown';
        throw error;
      }
    },
  };
}
