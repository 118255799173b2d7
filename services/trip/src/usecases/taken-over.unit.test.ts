import { expect, it } from '@jest/globals';
import { isAppError, AppError } from '@rideshare/kernel';
import type { IdempotencyScope, IdempotencyStore, Operation, Recovery } from '@rideshare/kernel';
import { createOperation } from '@rideshare/kernel/system';
import { createIdempotencyStore } from '@rideshare/memory';
import fc from 'fast-check';
import { idOf } from '../../test/support/builders.ts';
import { sealedOperation } from '../../test/support/operations.ts';
import { useCaseDeps } from '../../test/support/use-case-deps.ts';
import type { UseCaseDeps } from '../../test/support/use-case-deps.ts';
import { cancelBySystem } from './end-trip.ts';
import { requestTrip } from './request-trip.ts';
import type { TripView } from './trip-view.ts';

// A process is paused for longer than it may hold a key; another one takes the request over and answers it. Whatever the
// first one writes when it wakes up must not come true: its caller has been told something else.

const LEASE_MS = 30_000;
const RIDE = { pickup: { lat: 41.1496, lng: -8.6109 }, destination: { lat: 41.1621, lng: -8.6473 } };
const riderId = idOf('rider');
const scope: IdempotencyScope = { principal: riderId, route: 'requestTrip', key: 'key' };
const answerOf = (status: number, body: unknown) => ({ status, headers: {}, body });

/** An operation under the key, as the edge of a service makes it: its seal is the answer, written by who holds the key. */
async function held(deps: UseCaseDeps, store: IdempotencyStore) {
  const fresh: Recovery = { seed: deps.ids.next(), at: deps.clock.now() };
  const claim = await store.begin(scope, 'the same ride', fresh, LEASE_MS);
  if (claim.outcome !== 'started') return undefined;
  const takenOver = () => new AppError('OPERATION_TAKEN_OVER', 'unavailable', 'another process holds this request');
  let isSealed = false;
  const operation: Operation<TripView> = createOperation(claim.recovery, {
    seal: async (transaction, { trip }) => {
      isSealed = await store.finish(scope, claim.token, answerOf(201, trip.facts.tripId), transaction);
      if (!isSealed) throw takenOver();
    },
  });
  /** What the caller is told, unless the answer is somebody else's by now. */
  const answer = async (status: number, body: string): Promise<string> => {
    if (!isSealed && !(await store.finish(scope, claim.token, answerOf(status, body)))) throw takenOver();
    return body;
  };
  return { operation, answer };
}

function request(deps: UseCaseDeps, operation: Operation<TripView>, pause: Promise<void> = Promise.resolve()) {
  const standings = { of: () => pause.then(() => deps.standing.now) };
  const command = { riderId, vehicleClass: 'economy' as const, paymentMethodId: undefined, ride: RIDE };
  return requestTrip({ ...deps, standings }, operation, command);
}

const requested = (deps: UseCaseDeps) => deps.views.history(riderId, 100, null).then(({ trips }) => trips);

it('a request that was paused, taken over and refused, begins no trip when it wakes up', async () => {
  const deps = useCaseDeps();
  const store = createIdempotencyStore(deps.database);
  let wake = (): void => undefined;
  const paused = await held(deps, store);
  const late = request(deps, paused!.operation, new Promise((resolve) => (wake = resolve)));
  const other = await request(deps, sealedOperation('another trip of the rider'));

  deps.clock.advance(LEASE_MS);
  const successor = await held(deps, store);
  await expect(request(deps, successor!.operation)).rejects.toMatchObject({ code: 'RIDER_HAS_ACTIVE_TRIP' });
  expect(await successor!.answer(409, 'RIDER_HAS_ACTIVE_TRIP')).toBe('RIDER_HAS_ACTIVE_TRIP');
  await cancelBySystem(deps, sealedOperation('the end of it'), other.trip.facts.tripId, 'test');

  wake();
  await expect(late).rejects.toMatchObject({ code: 'OPERATION_TAKEN_OVER' });
  expect(await requested(deps)).toHaveLength(1);
  expect(await deps.views.openTripOf(riderId)).toBeUndefined();
});

it('a request under one key, however often it is paused and taken over, comes true as it was answered', async () => {
  const pauses = fc.array(fc.record({ lateMs: fc.constantFrom(0, 1_000, LEASE_MS), busy: fc.boolean() }), {
    minLength: 2,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), pauses, async (scheduler, tries) => {
      const deps = useCaseDeps();
      const store = createIdempotencyStore(deps.database);
      const told: string[] = [];
      const attempt = async (busy: boolean, number: number): Promise<void> => {
        const mine = await held(deps, store);
        if (!mine) return;
        const blocking = busy
          ? await request(deps, sealedOperation(`blocking ${String(number)}`)).catch(() => null)
          : null;
        const pause = scheduler.schedule(Promise.resolve(), 'the standing');
        await request(deps, mine.operation, pause)
          .then(({ trip }) => mine.answer(201, trip.facts.tripId))
          .catch((error: unknown) => {
            if (isAppError(error) && error.code === 'RIDER_HAS_ACTIVE_TRIP') return mine.answer(409, error.code);
            throw error;
          })
          .then(
            (answer) => told.push(answer),
            (error: unknown) => {
              expect(error).toMatchObject({ code: 'OPERATION_TAKEN_OVER' });
            },
          );
        if (!blocking) return;
        await scheduler.schedule(Promise.resolve(), 'the end of the other trip');
        await cancelBySystem(deps, sealedOperation(`end ${String(number)}`), blocking.trip.facts.tripId, 'test');
      };
      const running: Promise<void>[] = [];
      for (const [number, { lateMs, busy }] of tries.entries()) {
        running.push(attempt(busy, number));
        await scheduler.waitIdle();
        deps.clock.advance(lateMs);
      }
      await scheduler.waitFor(Promise.all(running));
      const answer = await store.begin(scope, 'the same ride', { seed: 'x', at: deps.clock.now() }, LEASE_MS);
      if (answer.outcome !== 'replay') throw new Error(`nobody has answered: ${answer.outcome}`);
      expect(new Set(told)).toEqual(new Set([answer.response.body]));
      const all = await requested(deps);
      const own = all.filter(({ facts }) => answer.response.body === facts.tripId);
      const open = all.filter(({ status }) => status === 'requested');
      expect(own).toHaveLength(answer.response.status === 201 ? 1 : 0);
      expect(open).toEqual(own);
    }),
    { numRuns: 60 },
  );
});
