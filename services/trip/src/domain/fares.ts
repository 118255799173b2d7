import type { Money } from '@rideshare/kernel';
import {
  cancellationFee,
  currentPolicy,
  currentTariff,
  policyByVersion,
  quoteFare,
  splitFare,
  sumLines,
  tariffByVersion,
  vehicleClasses,
  waitingFee,
} from '@rideshare/pricing';
import type { FareLine, VehicleClass } from '@rideshare/pricing';
import type { QuoteInputs } from './quote.ts';
import type { Timestamp } from './timestamp.ts';
import type { Actor, OpenTrip, RidingTrip, TripFacts } from './trip.ts';

/** The price of a ride in one vehicle class. */
export interface FareOption {
  readonly vehicleClass: VehicleClass;
  readonly fare: Money;
  readonly breakdown: readonly FareLine[];
  readonly surgeBasisPoints: number;
}

/** The tariff that a quote made at `at` names. */
export function tariffVersionAt(cityId: string, at: Timestamp): string {
  return currentTariff(cityId, new Date(at)).version;
}

/** The policy that a trip requested at `at` names. */
export function policyVersionAt(cityId: string, at: Timestamp): string {
  return currentPolicy(cityId, new Date(at)).version;
}

/** The fare of a ride in `vehicleClass`, from nothing but what is stored of it. */
export function fareOf(
  inputs: Pick<QuoteInputs, 'tariffVersion' | 'distanceM' | 'durationS' | 'surgeBasisPoints'>,
  vehicleClass: VehicleClass,
): FareOption {
  const { tariffVersion, distanceM, durationS, surgeBasisPoints } = inputs;
  const priced = quoteFare(tariffByVersion(tariffVersion), { distanceM, durationS, vehicleClass, surgeBasisPoints });
  return { vehicleClass, fare: priced.fare, breakdown: priced.breakdown, surgeBasisPoints };
}

/** The fares of a quote in every vehicle class. */
export function optionsOf(inputs: QuoteInputs): FareOption[] {
  return vehicleClasses.map((vehicleClass) => fareOf(inputs, vehicleClass));
}

/** What the driver earns of the quoted fare. */
export function earningsOf({ policyVersion, fare, breakdown }: TripFacts): Money {
  return splitFare(policyByVersion(policyVersion), fare, breakdown).driver;
}

/** The receipt of a ride that ends: the quote's lines, and the waiting where it was long enough to cost something. */
export function completionLinesOf({ facts, arrivedAt, startedAt }: RidingTrip): FareLine[] {
  const wait = waitingFee(policyByVersion(facts.policyVersion), {
    tariff: tariffByVersion(facts.tariffVersion),
    vehicleClass: facts.vehicleClass,
    arrivedAt: new Date(arrivedAt),
    startedAt: new Date(startedAt),
  });
  return wait.amount > 0 ? [...facts.breakdown, { kind: 'wait', amount: wait }] : [...facts.breakdown];
}

/** What a receipt's lines add up to. */
export function totalOf(lines: readonly FareLine[], currency: string): Money {
  return sumLines(lines, currency);
}

/** What the policy of the trip charges its rider for cancelling now. */
export function cancellationFeeOf(
  state: OpenTrip,
  { by, reason, at }: { readonly by: Actor; readonly reason: string; readonly at: Timestamp },
): Money {
  return cancellationFee(policyByVersion(state.facts.policyVersion), {
    cancelledBy: by,
    status: state.status,
    acceptedAt: 'assignment' in state ? new Date(state.assignment.acceptedAt) : null,
    arrivedAt: 'arrivedAt' in state ? new Date(state.arrivedAt) : null,
    at: new Date(at),
    reason,
  });
}
