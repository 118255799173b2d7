import { operationFor } from '@rideshare/kernel';
import type { Operation } from '@rideshare/kernel';
import { driverNotFound } from '../domain/errors.ts';
import { decideStatus } from '../domain/slot.ts';
import type { Slot } from '../domain/slot.ts';
import type { DriverStore, DriverView, SlotStore } from './ports.ts';
import { requireSelf } from './viewer.ts';
import type { Viewer } from './viewer.ts';

/**
 * Goes available or offline; offline withdraws an open offer.
 *
 * @throws `DRIVER_NOT_FOUND`, `DRIVER_ON_TRIP`, `DRIVER_SUSPENDED`, `DRIVER_NOT_VERIFIED`.
 */
export async function setDriverStatus(
  { drivers, slots }: { readonly drivers: Pick<DriverStore, 'find'>; readonly slots: Pick<SlotStore, 'setStatus'> },
  operation: Operation<DriverView>,
  viewer: Viewer,
  command: { readonly driverId: string; readonly status: 'available' | 'offline' },
): Promise<DriverView> {
  requireSelf(viewer, command.driverId);
  const view = await drivers.find(command.driverId);
  if (!view) throw driverNotFound();
  const withSlot = (slot: Slot): DriverView => ({ ...view, status: slot.state });
  return withSlot(
    await slots.setStatus(operationFor(operation, withSlot), command.driverId, (slot) =>
      decideStatus(slot, command.status),
    ),
  );
}
