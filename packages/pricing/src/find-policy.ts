import { portoPolicyV1 } from './policies/porto-v1.ts';
import type { FarePolicy } from './policy.ts';
import { byVersion, inForce } from './versions.ts';

const policies: readonly FarePolicy[] = [portoPolicyV1];

/**
 * The policy that a stored fee names.
 *
 * @throws `POLICY_UNKNOWN` when there is no such version.
 */
export function policyByVersion(version: string): FarePolicy {
  return byVersion(policies, version, 'POLICY_UNKNOWN');
}

/**
 * The policy of a city in force at `at`.
 *
 * @throws `POLICY_UNKNOWN` when the city has none at that time.
 */
export function currentPolicy(cityId: string, at: Date): FarePolicy {
  return inForce(policies, cityId, at, 'POLICY_UNKNOWN');
}
