import {
  tripAccepted,
  tripArrived,
  tripCancelled,
  tripCompleted,
  tripExpired,
  tripRated,
  tripRequested,
  tripStarted,
} from '@rideshare/contracts';
import type { EventData, EventDefinition } from '@rideshare/contracts';
import { assert } from '@rideshare/kernel';
import type { TripEvent } from '../domain/trip-events.ts';
import type { TripState } from '../domain/trip.ts';

/** A published event's definition and data. */
export interface Message<Definition extends EventDefinition = EventDefinition> {
  readonly definition: Definition;
  readonly data: EventData<Definition>;
}

function message<Definition extends EventDefinition>(
  definition: Definition,
  data: EventData<Definition>,
): Message<Definition> {
  return { definition, data };
}

/** What is published of `event`; `after` is the trip with the event in it. */
export function messageOf(event: TripEvent, after: TripState): Message {
  const { facts } = after;
  const { tripId, riderId } = facts;
  switch (event.type) {
    case 'requested':
      return requestedMessage(after);
    case 'accepted': {
      const { driverId, offerId, slotEpoch, at } = event;
      return message(tripAccepted, { tripId, riderId, driverId, offerId, slotEpoch, acceptedAt: at });
    }
    case 'arrived':
      return message(tripArrived, { tripId, riderId, driverId: driverOf(after), arrivedAt: event.at });
    case 'started':
      return message(tripStarted, { tripId, riderId, driverId: driverOf(after), startedAt: event.at });
    case 'completed':
      return completedMessage(event, after);
    case 'cancelled':
      return cancelledMessage(event, after);
    case 'expired':
      return message(tripExpired, {
        tripId,
        riderId,
        paymentMethodId: facts.paymentMethodId,
        expiredAt: event.at,
      });
    case 'rated': {
      const { stars, tags, comment } = event.rating;
      const rated = { by: event.by, stars, tags: [...tags], comment };
      return message(tripRated, { tripId, riderId, driverId: driverOf(after), ...rated });
    }
  }
}

function driverOf(state: TripState): string {
  assert('assignment' in state && state.assignment !== null, `a trip that is ${state.status} has a driver`);
  return state.assignment.driverId;
}

function requestedMessage({ facts }: TripState): Message {
  return message(tripRequested, {
    tripId: facts.tripId,
    riderId: facts.riderId,
    quoteId: facts.quoteId,
    pickup: facts.pickup,
    destination: facts.destination,
    stops: [...facts.stops],
    vehicleClass: facts.vehicleClass,
    fare: facts.fare,
    breakdown: [...facts.breakdown],
    tariffVersion: facts.tariffVersion,
    surgeBasisPoints: facts.surgeBasisPoints,
    distanceM: facts.distanceM,
    durationS: facts.durationS,
    paymentMethodId: facts.paymentMethodId,
    zone: facts.zone,
    requestedAt: facts.requestedAt,
  });
}

function completedMessage(event: Extract<TripEvent, { type: 'completed' }>, after: TripState): Message {
  assert(after.status === 'completed', 'a completion completes its trip');
  const { facts, assignment } = after;
  return message(tripCompleted, {
    tripId: facts.tripId,
    riderId: facts.riderId,
    driverId: assignment.driverId,
    offerId: assignment.offerId,
    paymentMethodId: facts.paymentMethodId,
    quoteId: facts.quoteId,
    quoted: facts.fare,
    lines: [...event.lines],
    total: event.total,
    distanceM: facts.distanceM,
    durationS: facts.durationS,
    tariffVersion: facts.tariffVersion,
    completedAt: event.at,
  });
}

function cancelledMessage(event: Extract<TripEvent, { type: 'cancelled' }>, after: TripState): Message {
  assert(after.status === 'cancelled', 'a cancellation cancels its trip');
  const { facts, assignment, arrival } = after;
  return message(tripCancelled, {
    tripId: facts.tripId,
    riderId: facts.riderId,
    driverId: assignment?.driverId ?? null,
    offerId: assignment?.offerId ?? null,
    paymentMethodId: facts.paymentMethodId,
    from: event.from,
    cancelledBy: event.by,
    reason: event.reason,
    fee: event.fee,
    policyVersion: facts.policyVersion,
    acceptedAt: assignment?.acceptedAt ?? null,
    arrivedAt: arrival?.arrivedAt ?? null,
    cancelledAt: event.at,
  });
}
