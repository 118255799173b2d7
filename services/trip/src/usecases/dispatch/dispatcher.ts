import { toError } from '@rideshare/kernel';
import { elapsedMs, plusMs, timestampOf } from '../../domain/timestamp.ts';
import type { Timestamp } from '../../domain/timestamp.ts';
import { changeTrip } from '../change-trip.ts';
import type { ChangeDeps } from '../change-trip.ts';
import type { DispatchRecords, Leadership, Operations, TravelTimes, TripAgenda } from '../ports.ts';
import { IGNORED_REST_MS } from './ears.ts';
import { matchWindow } from './match.ts';
import type { OfferDeps } from './offers.ts';
import { createOfferDesk } from './offers.ts';
import type { WaitingTrip } from './pool.ts';
import type { VerdictBook } from './verdict-book.ts';

// The dispatcher: one window after the other, in the one process that has the lead.
//
// A window renews the lead, compares the pool with the rows of the trips once a second, repeats offers that got no
// answer, ends searches that are over, and matches what is free with who is free. Its parts fail one by one: a window
// that could not read the rows still makes offers from what it knows, since a reservation is decided by the slot and an
// acceptance by the trip.

/** How long the lead lasts without being renewed: the longest that nobody dispatches after a crash. */
export const LEAD_TTL_MS = 5_000;
const LEAD_RENEW_MS = 1_500;
const SYNC_MS = 1_000;
/** More than can wait: at 100 requests each second, two minutes of search hold 12,000. */
const WAITING_MAX = 20_000;
/** An offer may be accepted in its last moment, and the acceptance needs a moment to reach the trip. */
const OFFER_GRACE_MS = 1_000;
/** Ended in one window; the others follow in the next. */
const EXPIRED_PER_WINDOW_MAX = 50;

/** What dispatching needs. */
export interface DispatcherDeps extends ChangeDeps, Omit<OfferDeps, 'records'> {
  readonly agenda: Pick<TripAgenda, 'waitingIds' | 'waiting'>;
  readonly records: Pick<DispatchRecords, 'planOffers' | 'settleOffers' | 'openOffers' | 'saveVerdicts'>;
  readonly travelTimes: TravelTimes;
  readonly operations: Operations;
  readonly leadership: Leadership;
  readonly book: VerdictBook;
}

/** The dispatcher of this process. */
export interface Dispatcher {
  /** One window. */
  runWindow(): Promise<void>;
  /** Whether this process has the lead, as far as it knows. */
  readonly isLeader: boolean;
  /** From now on the fleet is known well enough to make offers. */
  fleetIsKnown(): void;
  /** Rows are compared in the next window, because a trip was heard of that is not in the pool. */
  syncSoon(): void;
  /** Gives the lead away. */
  resign(): Promise<void>;
}

/** A dispatcher that has no lead yet. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { pool, signals, clock, book } = deps;
  const desk = createOfferDesk(deps);
  const now = (): Timestamp => timestampOf(clock.now());
  let isFleetKnown = false;
  let syncedAt: Timestamp | null = null;
  const attempt = async (step: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      signals.dispatchFailed(step, toError(error));
    }
  };

  const lead = createLead(deps, attempt);
  const sync = async (): Promise<void> => {
    if (syncedAt !== null && elapsedMs(syncedAt, now()) < SYNC_MS) return;
    const comparison = pool.beginSync();
    const waitingIds = await deps.agenda.waitingIds(WAITING_MAX);
    const missing = comparison.missing(waitingIds);
    const trips = missing.length === 0 ? [] : await deps.agenda.waiting(missing);
    // whoever had the lead before may have asked somebody who still thinks about it
    const open = missing.length === 0 ? [] : await deps.records.openOffers(missing);
    comparison.finish(waitingIds, trips, waitingIds.length < WAITING_MAX);
    for (const { tripId, ...offer } of open) pool.offered(tripId, offer);
    syncedAt = now();
  };
  const match = async (): Promise<void> => {
    const startedAt = now();
    const free = pool.all().filter((trip) => isFree(trip, startedAt));
    const { matches, verdicts, passedOver, droppedByGate } = matchWindow(deps, free, startedAt);
    for (const verdict of verdicts) book.note(verdict, startedAt);
    for (const crowd of passedOver) book.noteCrowd(crowd, startedAt);
    for (const [gate, drivers] of Object.entries(droppedByGate)) if (drivers > 0) signals.verdicts(gate, drivers);
    const offered = matches.length === 0 ? 0 : await desk.make(matches);
    const durationMs = elapsedMs(startedAt, now());
    signals.dispatchWindow({ waiting: pool.size, drivers: deps.fleet.size, offered, durationMs });
  };

  return {
    get isLeader() {
      return lead.isHeld;
    },
    async runWindow() {
      const hadLead = lead.isHeld;
      if (!(await lead.renew())) {
        // what is known of live offers is kept for as long as nobody else is known to lead
        if (lead.isElsewhere) pool.clear();
        return;
      }
      if (!hadLead) syncedAt = null;
      if (!isFleetKnown) return;
      await attempt('sync', sync);
      await attempt('repeat', () => desk.repeatUncertain());
      lapse(deps, now());
      await attempt('expire', () => expireSearches(deps, now()));
      await attempt('match', match);
      await attempt('verdicts', () => deps.records.saveVerdicts(book.drain(now())));
    },
    fleetIsKnown() {
      isFleetKnown = true;
    },
    syncSoon() {
      syncedAt = null;
    },
    resign: () => lead.resign(),
  };
}

/** The lead as this process knows of it; where it cannot be renewed, it lasts until shortly before its lease is over. */
function createLead(
  { leadership, clock }: Pick<DispatcherDeps, 'leadership' | 'clock'>,
  attempt: (step: string, work: () => Promise<void>) => Promise<void>,
): { readonly isHeld: boolean; readonly isElsewhere: boolean; renew(): Promise<boolean>; resign(): Promise<void> } {
  let isHeld = false;
  let isElsewhere = false;
  let askedAt: Timestamp | null = null;
  const now = (): Timestamp => timestampOf(clock.now());
  return {
    get isHeld() {
      return isHeld;
    },
    get isElsewhere() {
      return isElsewhere;
    },
    async renew() {
      const at = now();
      if (askedAt !== null && elapsedMs(askedAt, at) < LEAD_RENEW_MS) return isHeld;
      await attempt('lead', async () => {
        isHeld = await leadership.acquire();
        isElsewhere = !isHeld;
        askedAt = at;
      });
      // the lease runs from the last question that was answered, and a window needs a moment
      if (askedAt === null || elapsedMs(askedAt, now()) >= LEAD_TTL_MS - LEAD_RENEW_MS) isHeld = false;
      return isHeld;
    },
    async resign() {
      isHeld = false;
      await attempt('resign', () => leadership.release());
    },
  };
}

function isFree(trip: WaitingTrip, at: Timestamp): boolean {
  return trip.offer === null && (trip.heldUntil === null || trip.heldUntil <= at) && at < trip.facts.searchUntil;
}

/** Takes back what its driver did not answer; the slot does the same by its own clock. */
function lapse({ pool }: DispatcherDeps, at: Timestamp): void {
  for (const { facts, offer } of pool.all()) {
    if (!offer || at < plusMs(offer.expiresAt, OFFER_GRACE_MS)) continue;
    const { driverId, offerId } = offer;
    pool.offerEnded({ tripId: facts.tripId, driverId, offerId }, 'ignored', plusMs(at, IGNORED_REST_MS));
  }
}

/** Ends the searches that are over and that no driver is thinking about. */
async function expireSearches(deps: DispatcherDeps, at: Timestamp): Promise<void> {
  const over = deps.pool
    .all()
    .filter(({ facts, offer, heldUntil }) => at >= facts.searchUntil && !offer && (!heldUntil || heldUntil <= at));
  for (const { facts } of over.slice(0, EXPIRED_PER_WINDOW_MAX)) {
    const { outcome } = await changeTrip(deps, deps.operations.fresh(), {
      tripId: facts.tripId,
      command: () => ({ type: 'expire', at, offerOpen: false }),
      result: (state) => state,
    });
    // somebody else has moved it on
    if (outcome !== 'changed') deps.pool.left(facts.tripId);
  }
}
