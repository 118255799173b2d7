import { expect, it } from '@jest/globals';
import { AppError } from '@rideshare/kernel';
import { idOf, tripFacts, tripIn } from '../../../test/support/builders.ts';
import { useCaseDeps } from '../../../test/support/use-case-deps.ts';
import type { SlotOffer, SlotVerdict } from '../ports.ts';
import { createOfferDesk } from './offers.ts';

it('a desk with many unanswered offers, repeats them in batches at the same time', async () => {
  const deps = useCaseDeps();
  const sent: string[][] = [];
  const { promise: allSent, resolve } = Promise.withResolvers<undefined>();
  const reserve = async (offers: readonly SlotOffer[]): Promise<readonly SlotVerdict[]> => {
    sent.push(offers.map(({ offerId }) => offerId));
    // the two first offers stay without an answer; of their repeats none is answered before all are there
    if (sent.length <= 2) throw new AppError('UPSTREAM_AMBIGUOUS', 'unavailable', 'no answer');
    if (sent.length === 4) resolve(undefined);
    await allSent;
    return offers.map(({ offerId }) => ({ offerId, outcome: 'refused', reason: 'contended' }));
  };
  const desk = createOfferDesk({ ...deps, slots: { ...deps.slots, reserve } });
  for (let number = 1; number <= 300; number += 1) {
    deps.pool.requested(tripIn('requested', tripFacts({ tripId: idOf('trip', number) })));
  }
  const matches = deps.pool.all().map((trip, index) => ({ trip, driverId: idOf('driver', index + 1), pickupEtaS: 60 }));
  await Promise.all([desk.make(matches.slice(0, 150)), desk.make(matches.slice(150))]);
  await desk.repeatUncertain();
  expect(sent.map(({ length }) => length)).toEqual([150, 150, 200, 100]);
  expect(sent.slice(2).flat().toSorted()).toEqual(sent.slice(0, 2).flat().toSorted());
});
