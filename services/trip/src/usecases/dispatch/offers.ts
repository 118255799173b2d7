import { toError } from '@rideshare/kernel';
import type { Clock, Ids } from '@rideshare/kernel';
import { elapsedMs, plusMs, timestampOf } from '../../domain/timestamp.ts';
import type { Timestamp } from '../../domain/timestamp.ts';
import type { DispatchRecords, Signals, SlotOffer, Slots, SlotVerdict, TripTraces } from '../ports.ts';
import type { Fleet } from './fleet.ts';
import type { Match } from './match.ts';
import type { Pool, WaitingTrip } from './pool.ts';

/** What the driver service takes in one call. */
const BATCH_MAX = 200;
/** A driver whose slot refused is left alone for so long; by then an event has told what is the matter. */
const DRIVER_REST_MS = 5_000;
/** The same for a trip. */
const TRIP_REST_MS = 1_000;

/** What making offers needs. */
export interface OfferDeps {
  readonly slots: Slots;
  readonly records: Pick<DispatchRecords, 'planOffers' | 'settleOffers'>;
  readonly fleet: Fleet;
  readonly pool: Pool;
  readonly signals: Signals;
  readonly traces: TripTraces;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly offerTtlMs: number;
}

/** One offer under way: the trip it is for, and what was sent. */
interface Planned {
  readonly trip: WaitingTrip;
  readonly offer: SlotOffer;
}

/** Makes offers, and remembers those of which nobody knows whether they were made. */
export interface OfferDesk {
  /** Reserves the slots of `matches`; how many were reserved. */
  make(matches: readonly Match[]): Promise<number>;
  /** Sends again, under the same ids, what got no answer. */
  repeatUncertain(): Promise<void>;
}

/** A desk without offers. */
export function createOfferDesk(deps: OfferDeps): OfferDesk {
  const uncertain: { readonly planned: Planned; readonly until: Timestamp }[] = [];
  const now = (): Timestamp => timestampOf(deps.clock.now());

  const send = async (batch: readonly Planned[]): Promise<number> => {
    let verdicts: readonly SlotVerdict[];
    try {
      verdicts = await reserve(deps, batch);
    } catch (error) {
      deps.signals.dispatchFailed('reserve', toError(error));
      const isOpen = deps.slots.isAmbiguous(error);
      // nobody else is offered what may be on a driver's screen already
      const until = plusMs(now(), isOpen ? deps.offerTtlMs : TRIP_REST_MS);
      for (const planned of batch) {
        planned.trip.heldUntil = until;
        if (!isOpen) continue;
        deps.fleet.rest(planned.offer.driverId, until);
        uncertain.push({ planned, until });
      }
      return 0;
    }
    const reserved = await settle(deps, batch, verdicts);
    try {
      await deps.records.settleOffers(verdicts);
    } catch (error) {
      // the slots have decided: a record that was not kept changes nothing about it
      deps.signals.dispatchFailed('settle', toError(error));
    }
    return reserved;
  };

  return {
    async make(matches) {
      let reserved = 0;
      // while nobody answers, the open questions come first: more of them would only wait longer
      for (let start = 0; start < matches.length && uncertain.length === 0; start += BATCH_MAX) {
        const batch = matches.slice(start, start + BATCH_MAX).map((match) => plan(deps, match));
        const madeAt = now();
        await deps.records.planOffers(
          batch.map(({ offer: { driverId, tripId, offerId, pickupEtaS } }) => {
            return { driverId, tripId, offerId, pickupEtaS, madeAt };
          }),
        );
        reserved += await send(batch);
      }
      return reserved;
    },
    async repeatUncertain() {
      const at = now();
      // no offer for a trip that has ended or is not searched for any more: what it may have had out runs out by itself
      const live = uncertain.splice(0).filter(({ planned: { trip }, until }) => {
        return at < until && deps.pool.get(trip.facts.tripId) === trip && at < trip.facts.searchUntil;
      });
      for (const { planned } of live) {
        planned.trip.heldUntil = null;
        deps.fleet.rest(planned.offer.driverId, at);
      }
      const batches: Promise<number>[] = [];
      for (let start = 0; start < live.length; start += BATCH_MAX) {
        batches.push(send(live.slice(start, start + BATCH_MAX).map(({ planned }) => planned)));
      }
      // at once: one after the other, each would wait for the time limit of those before it
      await Promise.all(batches);
    },
  };
}

/** An offer belongs to the trace of its request; a batch belongs to several, so it has its own and links to them. */
function reserve({ slots, traces }: OfferDeps, batch: readonly Planned[]): Promise<readonly SlotVerdict[]> {
  const [only, ...others] = batch;
  const work = () => slots.reserve(batch.map(({ offer }) => offer));
  if (only && others.length === 0) return traces.underRequest('dispatch offer', only.trip.facts, work);
  return traces.batch(
    'dispatch offers',
    batch.map(({ trip }) => trip.facts),
    work,
  );
}

function plan({ ids, offerTtlMs }: OfferDeps, { trip, driverId, pickupEtaS }: Match): Planned {
  const { tripId, riderId, pickup, destination, fare } = trip.facts;
  const offer = {
    offerId: ids.next(),
    tripId,
    driverId,
    riderId,
    ttlMs: offerTtlMs,
    pickup,
    destination,
    fare,
    earnings: trip.earnings,
    pickupEtaS,
  };
  return { trip, offer };
}

async function settle(deps: OfferDeps, batch: readonly Planned[], verdicts: readonly SlotVerdict[]): Promise<number> {
  const byOffer = new Map(batch.map((planned) => [planned.offer.offerId, planned]));
  const at = timestampOf(deps.clock.now());
  let reserved = 0;
  for (const verdict of verdicts) {
    const planned = byOffer.get(verdict.offerId);
    if (!planned) continue;
    const { trip, offer } = planned;
    deps.signals.offersSettled(verdict.outcome === 'reserved' ? 'reserved' : verdict.reason, 1);
    if (verdict.outcome === 'refused') {
      refuse(deps, planned, verdict.reason, at);
      continue;
    }
    reserved += 1;
    if (!trip.wasOffered) deps.signals.firstOffer(elapsedMs(trip.facts.requestedAt, at));
    const { offerId, expiresAt, epoch } = verdict;
    deps.pool.offered(offer.tripId, { offerId, driverId: offer.driverId, expiresAt });
    deps.fleet.reserved(offer.driverId, epoch);
    if (batch.length > 1) await deps.traces.underRequest('dispatch offer', trip.facts, () => Promise.resolve());
  }
  return reserved;
}

/** What a slot's refusal teaches: about the pair, about the trip, or about the driver. */
function refuse(deps: OfferDeps, { trip, offer }: Planned, reason: string, at: Timestamp): void {
  switch (reason) {
    case 'declined_before':
    case 'own_trip':
      trip.declinedBy.add(offer.driverId);
      return;
    case 'trip_has_slot':
      trip.heldUntil = plusMs(at, TRIP_REST_MS);
      return;
    case 'contended':
      return;
    default:
      deps.fleet.rest(offer.driverId, plusMs(at, DRIVER_REST_MS));
  }
}
