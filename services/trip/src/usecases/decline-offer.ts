import { tripError } from '../domain/errors.ts';
import type { DispatchNudges, OfferRef, Slots } from './ports.ts';

/**
 * The driver turns the open offer down; the trip is offered to somebody else in the next window.
 *
 * @throws `OFFER_NOT_AVAILABLE`.
 */
export async function declineOffer(
  deps: { readonly slots: Slots; readonly dispatch: DispatchNudges },
  offer: OfferRef,
): Promise<void> {
  if ((await deps.slots.decline(offer)) === 'refused') throw tripError('OFFER_NOT_AVAILABLE');
  deps.dispatch.offerDeclined(offer);
}
