import { driverNotFound } from '../domain/errors.ts';
import { siftPoints } from '../domain/positions.ts';
import type { ReportedPoint } from '../domain/positions.ts';
import type { Fleet } from './fleet.ts';
import type { LocationBuffer } from './location-buffer.ts';
import type { PositionStore, Signals } from './ports.ts';
import { requireSelf } from './viewer.ts';
import type { Viewer } from './viewer.ts';

interface Deps {
  readonly positions: Pick<PositionStore, 'lastSeen'>;
  readonly buffer: Pick<LocationBuffer, 'lastSeen' | 'learn' | 'put'>;
  readonly fleet: Pick<Fleet, 'located'>;
  readonly signals: Pick<Signals, 'pointsReported'>;
}

/**
 * Takes in the positions a device has collected. The newest becomes the driver's; it is written and published a moment
 * later, with everybody else's.
 *
 * @throws `DRIVER_NOT_FOUND`.
 */
export async function reportLocation(
  { positions, buffer, fleet, signals }: Deps,
  viewer: Viewer,
  report: { readonly driverId: string; readonly points: readonly ReportedPoint[]; readonly at: Date },
): Promise<{ readonly accepted: number; readonly ignored: number }> {
  const { driverId, points, at } = report;
  requireSelf(viewer, driverId);
  if (buffer.lastSeen(driverId) === undefined) {
    const lastSeen = await positions.lastSeen(driverId);
    if (lastSeen === undefined) throw driverNotFound();
    buffer.learn(driverId, lastSeen);
  }
  const { accepted, ignored, newest } = siftPoints(points, buffer.lastSeen(driverId) ?? undefined, at);
  if (newest) {
    buffer.put({ ...newest, driverId });
    fleet.located(driverId, newest, at);
  }
  signals.pointsReported({ accepted, ignored });
  return { accepted, ignored };
}
