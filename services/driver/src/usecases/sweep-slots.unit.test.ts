import { describe, expect, it } from '@jest/globals';
import { createOperation } from '@rideshare/kernel/system';
import type { Assignment, Trips } from './ports.ts';
import { sweepSlots } from './sweep-slots.ts';

const bounds = { settleMs: 10_000, retryMs: 5_000, recheckMs: 300_000 };
const assignment = (name: string): Assignment => ({
  driverId: `d-${name}`,
  tripId: name,
  offerId: `o-${name}`,
  epoch: 3,
});

function world(found: { unsettled?: Assignment[]; settled?: Assignment[]; expired?: number }, trips: Partial<Trips>) {
  const done: string[] = [];
  const swept: string[] = [];
  const failures: string[] = [];
  return {
    ...{ done, swept, failures },
    deps: {
      slots: {
        expireOffers: async () => found.expired ?? 0,
        claimAssignments: async (kind: 'unsettled' | 'settled') => found[kind] ?? [],
        settle: async (_operation: unknown, { tripId }: { tripId: string }) => (done.push(`settle ${tripId}`), true),
        release: async (_operation: unknown, { tripId }: { tripId: string }) => (done.push(`release ${tripId}`), true),
        clear: async (_operation: unknown, tripId: string) => (done.push(`clear ${tripId}`), tripId !== 'moved'),
      },
      trips: { assign: async () => 'held', standing: async () => 'active', ...trips } satisfies Trips,
      begin: () => createOperation({ seed: 'seed', at: new Date(0) }),
      signals: {
        assignmentSwept: (outcome: string) => void swept.push(outcome),
        failed: (_step: string, error: Error) => void failures.push(error.message),
      },
    },
  };
}

describe('sweepSlots', () => {
  it('settles what the trip holds and releases what it refuses', async () => {
    const trips: Partial<Trips> = { assign: async ({ tripId }) => (tripId === 'gone' ? 'refused' : 'held') };
    const { deps, done, swept } = world({ unsettled: [assignment('held'), assignment('gone')] }, trips);
    expect(await sweepSlots(deps, bounds)).toBe(false);
    expect(done.toSorted()).toEqual(['release gone', 'settle held']);
    expect(swept.toSorted()).toEqual(['held', 'released']);
  });

  it('without an answer, frees nothing and goes on with the others', async () => {
    const trips: Partial<Trips> = {
      assign: ({ tripId }) => (tripId === 'mute' ? Promise.reject(new Error('no answer')) : Promise.resolve('held')),
      standing: () => Promise.reject(new Error('no answer')),
    };
    const found = { unsettled: [assignment('mute'), assignment('held')], settled: [assignment('settled')] };
    const { deps, done, swept, failures } = world(found, trips);
    await sweepSlots(deps, bounds);
    expect(done).toEqual(['settle held']);
    expect(swept.toSorted()).toEqual(['ambiguous', 'ambiguous', 'held']);
    expect(failures).toEqual(['no answer', 'no answer']);
  });

  it('of settled assignments, clears those whose trip has ended or never was', async () => {
    const trips: Partial<Trips> = {
      standing: async (tripId) => (tripId === 'rides' ? 'active' : tripId === 'unknown' ? 'unknown' : 'ended'),
    };
    const settled = ['rides', 'unknown', 'ended', 'moved'].map(assignment);
    const { deps, done, swept } = world({ settled }, trips);
    await sweepSlots(deps, bounds);
    expect(done.toSorted()).toEqual(['clear ended', 'clear moved', 'clear unknown']);
    expect(swept.toSorted()).toEqual(['active', 'cleared', 'cleared', 'moved_on']);
  });

  it('after a full batch, asks to be called again', async () => {
    expect(await sweepSlots(world({ expired: 200 }, {}).deps, bounds)).toBe(true);
    const many = Array.from({ length: 200 }, (_, index) => assignment(String(index)));
    expect(await sweepSlots(world({ unsettled: many }, {}).deps, bounds)).toBe(true);
  });
});
