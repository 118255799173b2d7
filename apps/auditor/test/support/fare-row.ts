import { currentPolicy, currentTariff, NO_SURGE_BASIS_POINTS, quoteFare } from '@rideshare/pricing';
import type { FareRow } from '../../src/checks/fares.ts';

const CITY = 'porto';

/** A completed trip whose every amount recomputes; `changes` plant what does not. */
export function fareRow(changes: Partial<FareRow> = {}): FareRow {
  const at = new Date('2026-03-01T12:00:00Z');
  const tariff = currentTariff(CITY, at);
  const quote = quoteFare(tariff, {
    distanceM: 4_200,
    durationS: 780,
    vehicleClass: 'economy',
    surgeBasisPoints: NO_SURGE_BASIS_POINTS,
  });
  return {
    id: '01900000-0000-7000-8000-000000000001',
    version: 5,
    status: 'completed',
    vehicle_class: 'economy',
    distance_m: 4_200,
    duration_s: 780,
    surge_basis_points: NO_SURGE_BASIS_POINTS,
    tariff_version: tariff.version,
    policy_version: currentPolicy(CITY, at).version,
    currency: quote.fare.currency,
    fare_amount: quote.fare.amount,
    breakdown: quote.breakdown,
    lines: quote.breakdown,
    total_amount: quote.fare.amount,
    accepted_at: at,
    arrived_at: null,
    cancelled_at: null,
    cancelled_from: null,
    cancelled_by: null,
    cancel_reason: null,
    fee_amount: null,
    ...changes,
  };
}
