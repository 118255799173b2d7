import { expect, test } from '@jest/globals';
import { fakeIds, manualScheduler } from '@rideshare/testing';
import type { LeasedOp } from '../usecases/ports.ts';
import { startDrivingOperations } from './drive-operations.ts';
import type { DriveOperationsDeps } from './drive-operations.ts';

function leased(id: string): LeasedOp {
  return {
    id,
    mode: 'send',
    kind: 'hold',
    attempt: 1,
    paymentId: `payment ${id}`,
    tripId: `trip ${id}`,
    goal: 'hold',
    pspKey: id,
    amount: { amount: 1, currency: 'EUR' },
    targetRef: null,
    token: 'tok_ok',
    sends: 1,
    queries: 0,
    sinceSentMs: 0,
    trace: {},
  };
}

/** A queue of operations and a gateway that answers when the test says so. */
function driverOf(ids: string[], options: { readonly concurrency: number; readonly failing?: boolean }) {
  const scheduler = manualScheduler();
  const pending = new Map<string, () => void>();
  const failures: string[] = [];
  const nothing = () => undefined;
  const deps = {
    clock: scheduler.clock,
    ids: fakeIds(),
    scheduler,
    limits: { callTimeoutMs: 5_000, leaseMs: 15_000, horizonMs: 60_000, queryDelayMaxMs: 15_000 },
    pace: { intervalMs: 1_000, concurrency: options.concurrency },
    payments: { change: async () => false },
    operations: {
      lease: async ({ limit }: { limit: number }) => {
        if (options.failing) throw new Error('no database');
        return ids.splice(0, limit).map(leased);
      },
    },
    gateway: {
      authorize: ({ key }: { key: string }) =>
        new Promise((resolve) => {
          pending.set(key, () => {
            pending.delete(key);
            resolve({ outcome: 'done', reference: key });
          });
        }),
    },
    signals: {
      trace: () => ({}),
      step: (_op: LeasedOp, work: () => Promise<unknown>) => work(),
      gatewayCalled: nothing,
      operationSettled: nothing,
      operationInDoubt: nothing,
      stepFailed: nothing,
      loopFailed: (name: string) => failures.push(name),
    },
  } as unknown as DriveOperationsDeps;
  return { scheduler, pending, failures, loop: startDrivingOperations(deps) };
}

test('startDrivingOperations, with more than it may carry at once, takes the next when one ends', async () => {
  const { scheduler, pending, loop } = driverOf(['a', 'b', 'c'], { concurrency: 2 });
  await scheduler.settle();
  expect([...pending.keys()]).toEqual(['a', 'b']);
  pending.get('b')?.();
  await scheduler.settle();
  expect([...pending.keys()]).toEqual(['a', 'c']);
  for (const answer of [...pending.values()]) answer();
  await loop.stop();
});

test('startDrivingOperations, told to stop, waits for the call that is under way', async () => {
  const { scheduler, pending, loop } = driverOf(['a'], { concurrency: 1 });
  await scheduler.settle();
  let stopped = false;
  const stopping = loop.stop().then(() => {
    stopped = true;
  });
  await scheduler.settle();
  expect(stopped).toBe(false);
  pending.get('a')?.();
  await stopping;
  expect(stopped).toBe(true);
});

test('startDrivingOperations, with a queue that fails, says so and looks again', async () => {
  const { scheduler, failures, loop } = driverOf([], { concurrency: 1, failing: true });
  await scheduler.advance(2_500);
  expect(failures).toHaveLength(3);
  const stopping = loop.stop();
  await scheduler.settle();
  await stopping;
});
