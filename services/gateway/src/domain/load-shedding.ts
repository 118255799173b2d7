/**
 * How many requests may be under way at once, by how much it hurts to refuse them.
 *
 * `auth` has a room of its own, so that a flood of logins cannot take anybody else's; `normal` may fill the house up to a
 * reserve that only `critical` requests, those of trips in progress and of money, may use.
 */
export type Tier = 'critical' | 'normal' | 'auth';

/** The bounds, in requests. */
export interface Capacity {
  readonly total: number;
  /** Of `total`, what only critical requests may use. */
  readonly reserve: number;
  readonly auth: number;
}

/** Counts what is under way and says what may still come in. */
export interface LoadShedder {
  /** The function that gives the place back, or `undefined` when there is none. */
  enter(tier: Tier): (() => void) | undefined;
  inFlight(tier: Tier): number;
}

/** A {@link LoadShedder}; nothing waits in a queue, a refused caller is told to come back. */
export function createLoadShedder(capacity: Capacity): LoadShedder {
  const counts: Record<Tier, number> = { critical: 0, normal: 0, auth: 0 };
  const hasRoom = (tier: Tier): boolean => {
    const used = counts.critical + counts.normal;
    if (tier === 'auth') return counts.auth < capacity.auth;
    return used < (tier === 'critical' ? capacity.total : capacity.total - capacity.reserve);
  };
  return {
    enter(tier) {
      if (!hasRoom(tier)) return undefined;
      counts[tier] += 1;
      let left = false;
      return () => {
        if (!left) counts[tier] -= 1;
        left = true;
      };
    },
    inFlight: (tier) => counts[tier],
  };
}
