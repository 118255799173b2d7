import { driverNotFound } from '../domain/errors.ts';
import type { OfferSnapshot } from '../domain/slot.ts';
import type { DriverStore, SlotStore } from './ports.ts';
import { requireSelf } from './viewer.ts';
import type { Viewer } from './viewer.ts';

/**
 * The open offer of a driver, if there is one.
 *
 * @throws `DRIVER_NOT_FOUND`.
 */
export async function listOffers(
  { drivers, slots }: { readonly drivers: Pick<DriverStore, 'exists'>; readonly slots: Pick<SlotStore, 'openOffer'> },
  viewer: Viewer,
  driverId: string,
): Promise<OfferSnapshot[]> {
  requireSelf(viewer, driverId);
  const offer = await slots.openOffer(driverId);
  if (offer) return [offer];
  if (!(await drivers.exists(driverId))) throw driverNotFound();
  return [];
}
