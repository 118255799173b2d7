import type { Check } from './check.ts';
import { accountIsItsEvents } from './checks/accounts.ts';
import { consumersAddUp, logHasNoHoles, partitionsMove } from './checks/consumers.ts';
import { countedOnce, wallsStand } from './checks/effects.ts';
import { doubtEnds, gatewayAgrees, holdsAreLetGo, webhooksConverge } from './checks/gateway.ts';
import { answersHaveTheirEffect, oneKeyOnePayload } from './checks/idempotency.ts';
import { journalChecks } from './checks/journals.ts';
import { nothingLeaks } from './checks/leaks.ts';
import { journalsBalance, ledgerIsAsPublished, paymentsAreBooked, trialBalance } from './checks/ledger.ts';
import {
  oneSlotPerTrip,
  oneTripPerDriver,
  oneTripPerRider,
  slotMatchesTrip,
  tripCarriesItsEpoch,
  tripsEnd,
} from './checks/one-active-trip.ts';
import { ownersAgree } from './checks/ownership.ts';
import {
  capturedOnce,
  capturedWithinAuthorized,
  chargedForSomething,
  refundedWithinCaptured,
  rideIsSettled,
} from './checks/payments.ts';
import { changesArePublished, orderPerStream, outboxesDrain, publishedIsKept } from './checks/publishing.ts';
import { eventsKeepTheirContract } from './checks/schemas.ts';
import { endedSessionsStayEnded } from './checks/sessions.ts';
import { ledgerDividesPayments } from './checks/shares.ts';
import {
  acceptedOnce,
  epochRises,
  newestPositionStands,
  noOfferForTheBarred,
  offerAcceptedInTime,
  offeredWhenAvailable,
  slotIsItsEvents,
  slotSteps,
  suspendedAreOffTheStreet,
  tripHasItsOffer,
} from './checks/slots.ts';
import { tripChecks } from './checks/trips.ts';
import { ledgerIsAppendOnly, operatorsRecordIsAppendOnly } from './checks/walls.ts';

const all: readonly Check[] = [
  ...tripChecks,
  ...journalChecks,
  ...[oneTripPerDriver, oneTripPerRider, slotMatchesTrip, oneSlotPerTrip, tripCarriesItsEpoch, tripsEnd],
  ...[epochRises, slotSteps, slotIsItsEvents, offeredWhenAvailable, noOfferForTheBarred, newestPositionStands],
  ...[acceptedOnce, offerAcceptedInTime, tripHasItsOffer, suspendedAreOffTheStreet],
  ...[journalsBalance, trialBalance, paymentsAreBooked, ledgerIsAsPublished, ledgerIsAppendOnly, ledgerDividesPayments],
  ...[capturedWithinAuthorized, refundedWithinCaptured, capturedOnce, chargedForSomething, rideIsSettled],
  ...[gatewayAgrees, doubtEnds, webhooksConverge, holdsAreLetGo],
  ...[changesArePublished, publishedIsKept, outboxesDrain, orderPerStream, accountIsItsEvents],
  ...[consumersAddUp, partitionsMove, logHasNoHoles, countedOnce, wallsStand, eventsKeepTheirContract],
  ...[answersHaveTheirEffect, oneKeyOnePayload, ownersAgree, endedSessionsStayEnded, nothingLeaks],
  operatorsRecordIsAppendOnly,
];

/** Every check, by the number of its rule. */
export const checks: readonly Check[] = all.toSorted((a, b) => a.rule - b.rule);
