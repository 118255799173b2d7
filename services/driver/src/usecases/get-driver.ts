import { driverNotFound } from '../domain/errors.ts';
import type { DriverStore, DriverView } from './ports.ts';
import type { Viewer } from './viewer.ts';

/** A driver as the viewer may see one; `full` with documents. */
export interface SeenDriver {
  readonly view: DriverView;
  readonly full: boolean;
}

/**
 * Reads a driver: whole for themselves and administrators, the public side for riders whose trip they took.
 *
 * @throws `DRIVER_NOT_FOUND`.
 */
export async function getDriver(
  { drivers }: { readonly drivers: Pick<DriverStore, 'find' | 'isDriverOf'> },
  viewer: Viewer,
  driverId: string,
): Promise<SeenDriver> {
  const full = viewer.isAdmin || viewer.userId === driverId;
  if (!full && !(await drivers.isDriverOf(driverId, viewer.userId))) throw driverNotFound();
  const view = await drivers.find(driverId);
  if (!view) throw driverNotFound();
  return { view, full };
}
