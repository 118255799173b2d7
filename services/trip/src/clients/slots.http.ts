import { confirmSlot, endOffer, releaseSlot, reserveSlots } from '@rideshare/contracts';
import { isAmbiguous } from '@rideshare/http';
import type { ServiceClient } from '@rideshare/http';
import type { SlotOffer, Slots, SlotVerdict } from '../usecases/ports.ts';

/** The driver service's slots over HTTP. */
export function createHttpSlots(driver: ServiceClient): Slots {
  return {
    async reserve(offers) {
      const { body } = await driver.call(reserveSlots, { body: { offers: offers.map(offerBody) } });
      return body.verdicts.map(({ offerId, outcome, reason, epoch, expiresAt }): SlotVerdict => {
        // a reservation without its epoch and its end is an answer that was not understood
        if (outcome === 'reserved' && epoch !== null && expiresAt !== null) {
          return { offerId, outcome, epoch, expiresAt };
        }
        return { offerId, outcome: 'refused', reason: reason ?? 'unknown' };
      });
    },
    async confirm(offer) {
      const { body } = await driver.call(confirmSlot, { body: offer });
      return body.outcome === 'confirmed' && body.epoch !== null ? { epoch: body.epoch } : null;
    },
    async decline(offer) {
      const { body } = await driver.call(endOffer, { body: offer });
      return body.outcome;
    },
    async release({ driverId, tripId, epoch }) {
      await driver.call(releaseSlot, { body: { driverId, tripId, epoch } });
    },
    isAmbiguous,
  };
}

function offerBody(offer: SlotOffer) {
  const { driverId, tripId, offerId, riderId, ttlMs, pickup, destination, fare, earnings, pickupEtaS } = offer;
  return { driverId, tripId, offerId, riderId, ttlMs, pickup, destination, fare, earnings, pickupEtaS };
}
