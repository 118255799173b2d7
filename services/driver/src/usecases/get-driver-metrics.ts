import { driverNotFound } from '../domain/errors.ts';
import { performanceOf } from '../domain/performance.ts';
import type { Performance } from '../domain/performance.ts';
import type { PerformanceStore } from './ports.ts';
import { requireSelfOrAdmin } from './viewer.ts';
import type { Viewer } from './viewer.ts';

/**
 * How a driver has done so far.
 *
 * @throws `DRIVER_NOT_FOUND`.
 */
export async function getDriverMetrics(
  { performance }: { readonly performance: Pick<PerformanceStore, 'read'> },
  viewer: Viewer,
  driverId: string,
): Promise<Performance> {
  requireSelfOrAdmin(viewer, driverId);
  const tally = await performance.read(driverId);
  if (!tally) throw driverNotFound();
  return performanceOf(tally);
}
