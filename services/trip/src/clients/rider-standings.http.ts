import { getRiderStanding } from '@rideshare/contracts';
import type { ServiceClient } from '@rideshare/http';
import type { RiderStandings } from '../usecases/ports.ts';

/** The payment service's view of a rider over HTTP. */
export function createHttpRiderStandings(payment: ServiceClient): RiderStandings {
  return {
    async of(riderId, methodId) {
      const { body } = await payment.call(getRiderStanding, {
        params: { id: riderId },
        query: methodId === undefined ? {} : { methodId },
      });
      const { outstanding, methodFound, paymentMethodId } = body;
      return { owes: outstanding.length > 0, methodFound, paymentMethodId };
    },
  };
}
