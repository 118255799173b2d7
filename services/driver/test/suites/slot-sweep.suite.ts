import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sweepSlots } from '../../src/usecases/sweep-slots.ts';
import type { Trips } from '../../src/usecases/ports.ts';
import { lastingReservation as reservation } from '../support/builders.ts';
import type { MakeStage, Stage } from '../support/stage.ts';

const bounds = { settleMs: 0, retryMs: 0, recheckMs: 600_000 };
const quiet = { assignmentSwept: () => undefined, failed: () => undefined };

/** A trip service that remembers who has which trip. */
function tripService(open: Set<string>): Trips {
  const held = new Map<string, string>();
  return {
    async assign({ tripId, offerId }) {
      if (held.get(tripId) === offerId) return 'held';
      if (!open.delete(tripId)) return 'refused';
      held.set(tripId, offerId);
      return 'held';
    },
    async standing(tripId) {
      return held.has(tripId) ? 'active' : 'ended';
    },
  };
}

/** What the sweep makes of accepts that pause between slot and trip, over any store of slots. */
export function slotSweepSuite(name: string, makeStage: MakeStage): void {
  describe(`${name}, swept: an accept that pauses between slot and trip`, () => {
    let h: Stage;

    beforeAll(async () => {
      h = await makeStage();
    });
    afterAll(async () => {
      await h.close();
    });

    async function confirmed() {
      const offer = reservation(await h.availableDriver());
      await h.slots.reserve(h.begin(), [offer]);
      const epoch = await h.slots.confirm(h.begin(), offer);
      return { ...offer, epoch: epoch! };
    }

    const sweep = (trips: Trips, more: { recheckMs?: number; failed?: (step: string, error: Error) => void } = {}) => {
      const { recheckMs = bounds.recheckMs, failed = quiet.failed } = more;
      const begin = () => h.begin();
      return sweepSlots({ slots: h.slots, trips, begin, signals: { ...quiet, failed } }, { ...bounds, recheckMs });
    };

    it('is rolled forward by the sweep, and finds its trip held when it wakes', async () => {
      const paused = await confirmed();
      const trips = tripService(new Set([paused.tripId]));
      await sweep(trips);
      expect(await h.slot(paused.driverId)).toMatchObject({ state: 'assigned', settled: true, epoch: paused.epoch });
      expect(await trips.assign(paused)).toBe('held');
    });

    it('whose trip is gone, is freed once, and its own late release does nothing', async () => {
      const paused = await confirmed();
      await sweep(tripService(new Set()));
      expect(await h.slot(paused.driverId)).toMatchObject({ state: 'available', epoch: paused.epoch + 1 });
      const next = reservation(paused.driverId);
      await h.slots.reserve(h.begin(), [next]);
      expect(await h.slots.release(h.begin(), paused)).toBe(false);
      expect(await h.slot(paused.driverId)).toMatchObject({ state: 'offered' });
    });

    it('whose trip service gives no answer, keeps its slot', async () => {
      const paused = await confirmed();
      const failures: Error[] = [];
      const silent: Trips = {
        assign: () => Promise.reject(new Error('no answer')),
        standing: () => Promise.reject(new Error('no answer')),
      };
      await sweep(silent, { failed: (_step, error) => failures.push(error) });
      expect(failures.length).toBeGreaterThan(0);
      expect(await h.slot(paused.driverId)).toMatchObject({ state: 'assigned', settled: false, epoch: paused.epoch });
    });

    it('that was settled but whose end got lost, is cleared when the trip says so', async () => {
      const paused = await confirmed();
      await h.slots.settle(h.begin(), paused);
      await sweep(tripService(new Set()), { recheckMs: 0 });
      expect(await h.slot(paused.driverId)).toMatchObject({ state: 'available' });
    });
  });
}
