import { expect, test } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { fakeClock, fakeIds } from '@rideshare/testing';
import { sweepGoals } from './sweep-goals.ts';
import type { SweepGoalsDeps } from './sweep-goals.ts';

function depsFor(held: readonly string[], unreachable: readonly string[]) {
  const asked: string[] = [];
  const changed: string[] = [];
  const unknown: string[] = [];
  const deps: SweepGoalsDeps = {
    clock: fakeClock(),
    ids: fakeIds(),
    limits: { heldForMs: 300_000 },
    payments: {
      takeHeld: async () => held.map((tripId) => ({ paymentId: `of ${tripId}`, tripId })),
      change: async (_operation, key, decide) => {
        changed.push(JSON.stringify(key));
        return decide(null, { id: (name) => name, pspKey: () => 'key' }).result;
      },
    },
    trips: {
      stateOf: async (tripId) => {
        asked.push(tripId);
        if (unreachable.includes(tripId)) throw new AppError('UPSTREAM_AMBIGUOUS', 'unavailable', 'no answer');
        const fare = { amount: 1_000, currency: 'EUR' };
        const due = { ...fare, amount: 0 };
        return {
          status: 'expired',
          riderId: 'rider',
          driverId: null,
          methodId: null,
          fare,
          due,
          tariffVersion: 't',
          lines: [],
        };
      },
    },
    signals: {
      trace: () => ({}),
      goalUnknown: (tripId) => {
        unknown.push(tripId);
      },
    },
  };
  return { deps, asked, changed, unknown };
}

test('sweepGoals, with one trip that cannot be asked about, goes on with the others', async () => {
  const { deps, changed, unknown } = depsFor(['a', 'b', 'c'], ['b']);
  expect(await sweepGoals(deps, new AbortController().signal)).toBe(false);
  expect(changed).toEqual(['{"tripId":"a"}', '{"tripId":"c"}']);
  expect(unknown).toEqual(['b']);
});

test('sweepGoals, told to stop, asks about no further trip', async () => {
  const { deps, asked } = depsFor(['a', 'b'], []);
  expect(await sweepGoals(deps, AbortSignal.abort())).toBe(false);
  expect(asked).toEqual([]);
});

test('sweepGoals, with a full page, says that there may be more', async () => {
  const { deps } = depsFor(
    Array.from({ length: 100 }, (_, index) => String(index)),
    [],
  );
  expect(await sweepGoals(deps, new AbortController().signal)).toBe(true);
});
