import type { ReservationRefusal, Slot } from '../domain/slot.ts';
import type { Reservation, Verdict } from '../usecases/ports.ts';

// How a batch of reservations is judged, whichever engine the slots are in: in rounds in which every driver, every trip and
// every offer occurs once, so that a round can be one guarded write.

/** What a batch has got hold of before it judges. */
export interface Locks {
  /** The slots it may change, as they are now. */
  readonly slots: ReadonlyMap<string, Slot>;
  /** The trips it may offer. */
  readonly trips: ReadonlySet<string>;
  /** Drivers that exist, whether it may change them or not. */
  readonly known: ReadonlySet<string>;
}

/** An item and what became of it. */
export type Judged = readonly [Reservation, Verdict];

/** One verdict per item, in the items' order; `judgeRound` gives one for each item of a round. */
export async function judgeInRounds(
  items: readonly Reservation[],
  locks: Locks,
  judgeRound: (round: readonly Reservation[]) => readonly Judged[] | Promise<readonly Judged[]>,
): Promise<Verdict[]> {
  const verdicts = new Map<Reservation, Verdict>();
  for (const item of items) {
    const verdict = withoutTrying(item, locks);
    if (verdict) verdicts.set(item, verdict);
  }
  for (let open = unjudged(items, verdicts); open.length > 0; open = unjudged(items, verdicts)) {
    for (const [item, verdict] of await judgeRound(roundOf(open))) verdicts.set(item, verdict);
  }
  return items.flatMap((item) => verdicts.get(item) ?? []);
}

/** The verdict that an item is refused. */
export function refused(item: Reservation, reason: ReservationRefusal): Verdict {
  return { offerId: item.offerId, outcome: 'refused', reason };
}

/** What the driver is shown of an item, but until when. */
export function snapshotOf(item: Reservation) {
  const { offerId, tripId, pickup, destination, fare, earnings, pickupEtaS } = item;
  return { offerId, tripId, pickup, destination, fare, earnings, pickupEtaS };
}

function unjudged(items: readonly Reservation[], verdicts: ReadonlyMap<Reservation, Verdict>): Reservation[] {
  return items.filter((item) => !verdicts.has(item));
}

/** Items whose answer the locks alone give. */
function withoutTrying(item: Reservation, locks: Locks): Verdict | undefined {
  if (item.driverId === item.riderId) return refused(item, 'own_trip');
  const slot = locks.slots.get(item.driverId);
  if (!slot) return refused(item, locks.known.has(item.driverId) ? 'contended' : 'unknown_driver');
  if (slot.state === 'offered' && slot.offerId === item.offerId && slot.tripId === item.tripId && slot.expiresAt) {
    return { offerId: item.offerId, outcome: 'reserved', epoch: slot.epoch, expiresAt: slot.expiresAt };
  }
  return locks.trips.has(item.tripId) ? undefined : refused(item, 'contended');
}

/** The first item of each driver, each trip and each offer. */
function roundOf(items: readonly Reservation[]): Reservation[] {
  const drivers = new Set<string>();
  const trips = new Set<string>();
  const offers = new Set<string>();
  return items.filter((item) => {
    if (drivers.has(item.driverId) || trips.has(item.tripId) || offers.has(item.offerId)) return false;
    drivers.add(item.driverId);
    trips.add(item.tripId);
    offers.add(item.offerId);
    return true;
  });
}
