import { driverNotFound } from '../domain/errors.ts';

/** The person who asks. */
export interface Viewer {
  readonly userId: string;
  readonly isAdmin: boolean;
}

/**
 * Another's driver answers like one that is not there.
 *
 * @throws `DRIVER_NOT_FOUND`.
 */
export function requireSelf(viewer: Viewer, driverId: string): void {
  if (viewer.userId !== driverId) throw driverNotFound();
}

/** @throws `DRIVER_NOT_FOUND` for anybody but the driver and administrators. */
export function requireSelfOrAdmin(viewer: Viewer, driverId: string): void {
  if (!viewer.isAdmin) requireSelf(viewer, driverId);
}
