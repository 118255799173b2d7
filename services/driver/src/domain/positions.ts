import type { Position } from './slot.ts';

/** A position as a device reports it. */
export interface ReportedPoint extends Position {
  readonly headingDeg: number | null;
  readonly speedMps: number | null;
  readonly accuracyM: number | null;
}

/** Devices with a fast clock are believed this far; later positions would shut out the true ones to come. */
export const FUTURE_TOLERANCE_MS = 30_000;
/** A driver who was last seen longer ago than this is not found. */
export const FRESH_MS = 120_000;

/** What of a report is news. */
export interface Sifted {
  readonly accepted: number;
  readonly ignored: number;
  readonly newest: ReportedPoint | undefined;
}

/**
 * Sorts a report into news and noise: a point counts when it is later than `knownAt`, not from the future and not a
 * second one of the same instant.
 */
export function siftPoints(points: readonly ReportedPoint[], knownAt: Date | undefined, at: Date): Sifted {
  const latest = at.getTime() + FUTURE_TOLERANCE_MS;
  const instants = new Set<number>();
  let newest: ReportedPoint | undefined;
  for (const point of points) {
    const recordedAt = point.recordedAt.getTime();
    if (recordedAt > latest || (knownAt !== undefined && recordedAt <= knownAt.getTime())) continue;
    if (instants.has(recordedAt)) continue;
    instants.add(recordedAt);
    if (newest === undefined || recordedAt > newest.recordedAt.getTime()) newest = point;
  }
  return { accepted: instants.size, ignored: points.length - instants.size, newest };
}

/** Whether a position is recent enough to be found by. */
export function isFresh(position: Position, at: Date): boolean {
  return at.getTime() - position.recordedAt.getTime() <= FRESH_MS;
}

// Streets are longer than lines, and city traffic is slow: rough, but the same everywhere and cheap.
const DETOUR = 1.3;
const SPEED_MPS = 7;

/** How long a driver may take over a straight line of `distanceM`, in seconds. */
export function straightLineEtaS(distanceM: number): number {
  return Math.ceil((distanceM * DETOUR) / SPEED_MPS);
}
