import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DispatchRecords, QuoteStore, StartCodeAttempts, Timeline } from '../../src/usecases/ports.ts';
import { after, idOf, START } from '../support/builders.ts';

/** The stores beside the trips, under test. */
export interface RecordsHarness {
  readonly quotes: QuoteStore;
  readonly attempts: StartCodeAttempts;
  readonly records: DispatchRecords;
  readonly timeline: Timeline;
  /** The store's own time. */
  readonly now: () => number;
  /** Lets the locks of start codes run out. */
  readonly endLocks: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What every adapter promises of quotes, tries at start codes, the dispatcher's records and the timeline. */
export function recordsSuite(name: string, makeHarness: () => Promise<RecordsHarness>): void {
  describe(`${name}, as the stores beside the trips`, () => {
    let harness: RecordsHarness;
    const { records, timeline, attempts } = {
      records: () => harness.records,
      timeline: () => harness.timeline,
      attempts: () => harness.attempts,
    };
    beforeAll(async () => {
      harness = await makeHarness();
    });
    afterAll(async () => {
      await harness.close();
    });

    describe('the quote store', () => {
      it('takes the same quote twice and gives it back as it was signed', async () => {
        const { quotes } = harness;
        const inputs = {
          quoteId: idOf('quote'),
          riderId: idOf('rider'),
          cityId: 'porto',
          pickup: { lat: 41.149_612_345_678_9, lng: -8.610_900_000_1 },
          destination: { lat: 41.1, lng: -8.6 },
          stops: [],
          distanceM: 1,
          durationS: 2,
          travelModel: 'm',
          tariffVersion: 't',
          surgeBasisPoints: 10_000,
          quotedAt: START,
          expiresAt: after(1),
        };
        const quote = { inputs, signature: 's' };
        await quotes.save(quote);
        await quotes.save({ ...quote, signature: 'another' });
        expect(await quotes.find(idOf('quote'))).toEqual(quote);
        expect(await quotes.find(idOf('quote', 2))).toBeUndefined();
      });
    });

    describe('the tries at a start code', () => {
      it('are counted one by one however they come', async () => {
        const taken = await Promise.all(
          Array.from({ length: 12 }, () => attempts().take(idOf('trip', 500), 5, 60_000)),
        );
        expect(taken.filter((take) => 'allowed' in take)).toHaveLength(5);
        for (const take of taken) if (!('allowed' in take)) expect(take.retryAfterS).toBeGreaterThan(50);
      });

      it('begin anew when the lock is over', async () => {
        const take = () => attempts().take(idOf('trip', 501), 1, 60_000);
        expect(await take()).toEqual({ allowed: true });
        expect(await take()).toEqual({ retryAfterS: expect.any(Number) });
        await harness.endLocks();
        expect(await take()).toEqual({ allowed: true });
        expect(await take()).toEqual({ retryAfterS: expect.any(Number) });
      });
    });

    describe('the dispatcher’s records', () => {
      const offer = {
        offerId: idOf('offer'),
        tripId: idOf('trip', 600),
        driverId: idOf('driver'),
        pickupEtaS: 90,
        madeAt: START,
      };

      it('keep an offer from its plan to its verdict', async () => {
        await records().planOffers([]);
        await records().settleOffers([]);
        await records().planOffers([offer, { ...offer, offerId: idOf('offer', 2) }]);
        await records().planOffers([offer]);
        expect(await records().findOffer(offer.offerId)).toEqual(offer);
        expect(await records().findOffer(idOf('offer', 9))).toBeUndefined();
        await records().settleOffers([
          { offerId: offer.offerId, outcome: 'reserved', epoch: 3, expiresAt: after(15_000) },
          { offerId: idOf('offer', 2), outcome: 'refused', reason: 'suspended' },
        ]);
        const entries = await timeline().of(offer.tripId);
        expect(entries.map(({ type, data }) => [type, data['reason'] ?? data['expiresAt']])).toEqual([
          ['offer.refused', 'suspended'],
          ['offer.reserved', expect.stringContaining('08:00:15')],
        ]);
      });

      it('tell which offers of a trip have not run out', async () => {
        const tripId = idOf('trip', 602);
        const offers = [11, 12, 13].map((number) => ({ ...offer, tripId, offerId: idOf('offer', number) }));
        await records().planOffers(offers);
        const expiresAt = new Date(harness.now() + 60_000).toISOString();
        await records().settleOffers([
          { offerId: idOf('offer', 11), outcome: 'reserved', epoch: 3, expiresAt },
          { offerId: idOf('offer', 12), outcome: 'reserved', epoch: 3, expiresAt: after(15_000) },
        ]);
        const open = { offerId: idOf('offer', 11), tripId, driverId: offer.driverId, expiresAt };
        expect(await records().openOffers([tripId])).toEqual([open]);
        expect(await records().openOffers([idOf('trip', 603)])).toEqual([]);
      });

      it('add verdicts up and keep the newer detail', async () => {
        const tripId = idOf('trip', 601);
        const verdict = {
          tripId,
          driverId: idOf('driver'),
          gate: 'too_far',
          detail: { distanceM: 9 },
          times: 2,
          firstAt: START,
          lastAt: START,
        };
        await records().saveVerdicts([]);
        await records().saveVerdicts([verdict, { ...verdict, driverId: null, detail: {} }]);
        await records().saveVerdicts([{ ...verdict, detail: { distanceM: 8 }, times: 3, lastAt: after(1_000) }]);
        const entries = await timeline().of(tripId);
        expect(entries.map(({ at, data }) => [at, data['driverId'], data['times'], data['distanceM']])).toEqual([
          [START, null, 2, undefined],
          [after(1_000), idOf('driver'), 5, 8],
        ]);
      });
    });

    describe('the timeline', () => {
      it('writes an entry of an event once', async () => {
        const tripId = idOf('trip', 700);
        const entry = {
          at: START,
          kind: 'payment',
          type: 'payment.voided',
          eventId: idOf('event'),
          stream: 'payment:1',
          sequence: 2,
          traceId: null,
          data: { paymentId: '1' },
        } as const;
        await timeline().record({}, tripId, [entry]);
        await timeline().record({}, tripId, [entry]);
        expect(await timeline().of(tripId)).toEqual([entry]);
      });
    });
  });
}
