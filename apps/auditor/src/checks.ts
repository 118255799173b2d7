import type { Check } from './check.ts';
import { capturedOnce, chargedForSomething, rideIsSettled } from './checks/charges.ts';
import { faresRecompute } from './checks/fares.ts';
import { journalsBalance, ledgerIsAppendOnly, paymentsAreBooked, trialBalance } from './checks/ledger.ts';
import { changesArePublished, consumersAddUp, orderPerStream, outboxesDrain } from './checks/messages.ts';
import { epochRises, offerAcceptedInTime, tripHasItsOffer } from './checks/offers.ts';
import { oneActiveTrip, oneAssignee, slotMatchesTrip } from './checks/one-active-trip.ts';
import { tripHistory } from './checks/trip-history.ts';

/** Every check, by rule. */
export const checks: readonly Check[] = [
  oneActiveTrip,
  oneAssignee,
  slotMatchesTrip,
  tripHistory,
  offerAcceptedInTime,
  epochRises,
  tripHasItsOffer,
  faresRecompute,
  journalsBalance,
  trialBalance,
  ledgerIsAppendOnly,
  paymentsAreBooked,
  capturedOnce,
  chargedForSomething,
  rideIsSettled,
  changesArePublished,
  orderPerStream,
  consumersAddUp,
  outboxesDrain,
];
