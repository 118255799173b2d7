import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { after, commands, eventsAfter, idOf, tripFacts } from '../../test/support/builders.ts';
import { sealedOperation } from '../../test/support/operations.ts';
import { useCaseDeps } from '../../test/support/use-case-deps.ts';
import type { UseCaseDeps } from '../../test/support/use-case-deps.ts';
import { fold } from '../domain/evolve.ts';
import type { TripState } from '../domain/trip.ts';
import type { HistoryPosition } from '../usecases/ports.ts';

const riderId = idOf('rider');

/** A trip of the rider that was requested and is over. */
async function ride(deps: UseCaseDeps, number: number, requestedMs: number): Promise<string> {
  const facts = tripFacts({ tripId: idOf('trip', number), riderId, requestedAt: after(requestedMs) });
  const events = eventsAfter(commands.request(facts), { type: 'cancel', at: after(requestedMs), by: 'rider' });
  const operation = sealedOperation<TripState>(facts.tripId);
  const [requested, cancelled] = [fold(events.slice(0, 1))!, fold(events)!];
  await deps.trips.create(operation, { eventId: operation.id('1'), event: events[0]!, to: requested });
  const step = { eventId: operation.id('2'), from: requested, event: events[1]!, to: cancelled };
  await deps.trips.step(operation, step);
  return facts.tripId;
}

it('the history, in pages of any size while new trips come in, shows every trip that was there once, newest first', async () => {
  // trips of one moment are told apart by their ids, which come in any order
  const trips = fc.uniqueArray(fc.tuple(fc.nat(40), fc.nat(4)), { maxLength: 15, selector: ([number]) => number });
  await fc.assert(
    fc.asyncProperty(trips, fc.array(fc.integer({ min: 1, max: 6 })), async (known, sizes) => {
      const deps = useCaseDeps();
      for (const [number, second] of known) await ride(deps, number, second * 1_000);
      const expected = known
        .map(([number, second]) => `${after(second * 1_000)} ${idOf('trip', number)}`)
        .toSorted()
        .toReversed();
      const seen: string[] = [];
      let position: HistoryPosition | null = null;
      for (let page = 0; page === 0 || position !== null; page += 1) {
        const size = sizes[page] ?? 3;
        const found = await deps.views.history(riderId, size, position);
        expect(found.trips.length).toBe(Math.min(size, expected.length - seen.length));
        seen.push(...found.trips.map(({ facts }) => `${facts.requestedAt} ${facts.tripId}`));
        position = found.next;
        // newer than all: whoever pages on does not meet it
        await ride(deps, 100 + page, 60_000);
      }
      expect(seen).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
