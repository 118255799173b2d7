import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { money } from '@rideshare/kernel';
import type { GatewayAnswer } from '../../src/domain/payment.ts';
import type { PaymentGateway } from '../../src/usecases/ports.ts';

/** What a gateway needs to show how it behaves. */
export interface GatewayHarness {
  readonly gateway: PaymentGateway;
  /** The same company, as a process that was started anew finds it. */
  readonly anew: () => PaymentGateway;
  /** What the gateway has waited for so far. */
  readonly sleptMs: readonly number[];
  readonly close: () => Promise<void>;
  readonly tokens: {
    readonly works: string;
    /** Refused when it is to be authorised. */
    readonly refused: string;
    /** Lost on the way in, or on the way out, the first time a key is sent. */
    readonly lostBefore: string;
    readonly lostAfter: string;
    /** Authorised and captured, but not at once. */
    readonly slow: string;
    readonly unknown: string;
  };
}

const eur = (amount: number) => money(amount, 'EUR');

function referenceOf(answer: GatewayAnswer | null): string {
  if (answer?.outcome !== 'done') throw new Error(`not done: ${JSON.stringify(answer)}`);
  return answer.reference;
}

/** How every payment gateway behaves, whichever company is behind it. */
export function paymentGatewaySuite(name: string, open: () => Promise<GatewayHarness>): void {
  describe(name, () => {
    let harness: GatewayHarness;
    let gateway: PaymentGateway;
    let tokens: GatewayHarness['tokens'];

    beforeAll(async () => {
      harness = await open();
      ({ gateway, tokens } = harness);
    });
    afterAll(async () => {
      await harness.close();
    });

    const key = () => randomUUID();
    const hold = async (amount = 1_000, token = tokens.works) =>
      referenceOf(await gateway.authorize({ key: key(), token, amount: eur(amount) }));
    const capture = async (target: string, amount = 1_000) =>
      referenceOf(await gateway.capture({ key: key(), target, amount: eur(amount) }));

    test('describe, of a token, shows the card; of another nothing', async () => {
      expect(await gateway.describe(tokens.works)).toEqual({
        brand: expect.any(String),
        last4: expect.stringMatching(/^\d{4}$/),
      });
      expect(await gateway.describe(tokens.unknown)).toBeNull();
    });

    test('authorize, repeated with its key, is one hold and the same answer', async () => {
      const request = { key: key(), token: tokens.works, amount: eur(1_000) };
      const [first, ...others] = await Promise.all([1, 2, 3].map(() => gateway.authorize(request)));
      expect(others).toEqual([first, first]);
      expect(await gateway.query(request.key)).toEqual(first);
    });

    test('authorize, of a method that is refused, says why, and says it again', async () => {
      const request = { key: key(), token: tokens.refused, amount: eur(1_000) };
      const answer = await gateway.authorize(request);
      expect(answer).toEqual({ outcome: 'refused', code: expect.any(String) });
      expect(await gateway.authorize(request)).toEqual(answer);
      expect(await gateway.query(request.key)).toEqual(answer);
    });

    test('capture, of a hold, takes it once, in whole or in part', async () => {
      const target = await hold();
      await capture(target, 600);
      const again = await gateway.capture({ key: key(), target, amount: eur(400) });
      expect(again).toMatchObject({ outcome: 'refused' });
    });

    test('capture, of more than is held, is refused until the hold is incremented', async () => {
      const target = await hold();
      expect(await gateway.capture({ key: key(), target, amount: eur(1_001) })).toMatchObject({ outcome: 'refused' });
      await gateway.increment({ key: key(), target, amount: eur(200) });
      await capture(target, 1_200);
    });

    test('capture, twice at once with keys of their own, succeeds once', async () => {
      const target = await hold();
      const answers = await Promise.all(
        [1, 2, 3, 4].map(() => gateway.capture({ key: key(), target, amount: eur(1_000) })),
      );
      expect(answers.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
    });

    test('void, of a hold, lets it go for good', async () => {
      const target = await hold();
      referenceOf(await gateway.void({ key: key(), target, amount: eur(1_000) }));
      expect(await gateway.capture({ key: key(), target, amount: eur(1_000) })).toMatchObject({ outcome: 'refused' });
      const captured = await hold();
      await capture(captured);
      expect(await gateway.void({ key: key(), target: captured, amount: eur(1) })).toMatchObject({
        outcome: 'refused',
      });
    });

    test('refund, of a capture, never gives back more than was taken', async () => {
      const target = await capture(await hold(), 1_000);
      const give = (amount: number) => gateway.refund({ key: key(), target, amount: eur(amount) });
      expect(await give(700)).toMatchObject({ outcome: 'done' });
      expect(await give(301)).toMatchObject({ outcome: 'refused' });
      expect(await give(300)).toMatchObject({ outcome: 'done' });
      expect(await give(1)).toMatchObject({ outcome: 'refused' });
    });

    test('a change, of what does not exist or in another currency, is refused', async () => {
      const target = await hold();
      const foreign = { key: key(), target, amount: money(1_000, 'USD') };
      for (const answer of [
        await gateway.capture({ key: key(), target: 'nothing', amount: eur(1) }),
        await gateway.refund({ key: key(), target, amount: eur(1) }),
        await gateway.capture(foreign),
      ]) {
        expect(answer).toMatchObject({ outcome: 'refused' });
      }
    });

    test('query, of a key that never arrived, finds nothing', async () => {
      expect(await gateway.query(key())).toBeNull();
    });

    test('authorize, of a method that is slow, takes its time and no more the second time', async () => {
      const request = { key: key(), token: tokens.slow, amount: eur(1_000) };
      const before = harness.sleptMs.length;
      const answer = await gateway.authorize(request);
      expect(await gateway.authorize(request)).toEqual(answer);
      expect(harness.sleptMs.slice(before)).toEqual([expect.any(Number)]);
    });

    test('authorize, of nothing or by a token that is unknown, is refused', async () => {
      const refused = { outcome: 'refused', code: expect.any(String) };
      expect(await gateway.authorize({ key: key(), token: tokens.works, amount: eur(0) })).toEqual(refused);
      expect(await gateway.authorize({ key: key(), token: tokens.unknown, amount: eur(1) })).toEqual(refused);
    });

    test('a gateway that is asked by another process, remembers what it did', async () => {
      const request = { key: key(), token: tokens.works, amount: eur(1_000) };
      const answer = await gateway.authorize(request);
      const anew = harness.anew();
      expect([await anew.query(request.key), await anew.authorize(request)]).toEqual([answer, answer]);
      expect(await anew.capture({ key: key(), target: referenceOf(answer), amount: eur(1_000) })).toMatchObject({
        outcome: 'done',
      });
    });

    test.each(['lostBefore', 'lostAfter'] as const)(
      'a call that is %s, proves nothing until it is asked about',
      async (fault) => {
        const request = { key: key(), token: tokens[fault], amount: eur(1_000) };
        await expect(gateway.authorize(request)).rejects.toMatchObject({ code: 'GATEWAY_AMBIGUOUS' });
        const found = await gateway.query(request.key);
        if (fault === 'lostBefore') expect(found).toBeNull();
        else expect(found).toMatchObject({ outcome: 'done' });
        const answer = await gateway.authorize(request);
        expect(await gateway.query(request.key)).toEqual(answer);
        const change = { key: key(), target: referenceOf(answer), amount: eur(1_000) };
        await expect(gateway.capture(change)).rejects.toMatchObject({ code: 'GATEWAY_AMBIGUOUS' });
        expect(await gateway.capture(change)).toMatchObject({ outcome: 'done' });
      },
    );
  });
}
