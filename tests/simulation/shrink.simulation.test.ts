import { expect, test } from '@jest/globals';
import { planOf } from './run-seed.ts';
import type { Outcome, Plan } from './run-seed.ts';
import { shrink } from './shrink.ts';

const nothing = new Map<string, number>();

/** A world that breaks a promise where two people and two faults meet. */
function pretend(plan: Plan): Promise<Outcome> {
  const kinds = plan.faults.map(({ kind }) => kind);
  const meets = plan.riders.includes(2) && plan.drivers.includes(1) && plan.openMs > 40_000;
  const breaks = meets && kinds.includes('kill') && kinds.includes('pause');
  return Promise.resolve({
    plan,
    violations: breaks ? [{ check: '1', what: 'x' }] : [],
    simulatedMs: 1,
    realMs: 1,
    appointments: 1,
    faults: nothing,
    trips: nothing,
    acknowledged: 0,
    fingerprint: '',
  });
}

test('a plan that breaks a promise is shrunk to what it takes', async () => {
  const plan: Plan = {
    ...planOf(3, 600_000),
    riders: [0, 1, 2, 3, 4],
    drivers: [0, 1, 2],
    faults: [
      ...planOf(3, 600_000).faults.filter(({ kind }) => kind !== 'kill' && kind !== 'pause'),
      { kind: 'kill', atMs: 1, service: 'trip', index: 0, downMs: 1 },
      { kind: 'pause', atMs: 2, service: 'trip', index: 1, forMs: 1 },
    ],
  };
  const { plan: smallest } = await shrink(await pretend(plan), pretend);
  expect(smallest.faults.map(({ kind }) => kind)).toEqual(['kill', 'pause']);
  expect([smallest.riders, smallest.drivers]).toEqual([[2], [1]]);
  expect(smallest.openMs).toBeLessThanOrEqual(80_000);
});
