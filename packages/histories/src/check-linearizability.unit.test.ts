import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bruteForce } from '../test/support/brute-force.ts';
import { callsFrom, planted } from '../test/support/planted.ts';
import { randomFrom } from '../test/support/random.ts';
import { subjects } from '../test/support/wishes.ts';
import type { Subject } from '../test/support/wishes.ts';
import { checkLinearizability, explainViolation, generateCalls, makePaymentModel, makeTripModel } from './index.ts';
import type { Call } from './index.ts';

/** Some seconds of work, on a machine that may stand still for as long. */
const PATIENCE_MS = 120_000;

interface Shape {
  readonly seed: number;
  readonly key?: string;
  readonly calls: number;
  readonly processes: number;
  readonly unknownShare?: number;
}

function valid({ model, wish }: Subject, { key = 'k', seed, ...shape }: Shape): Call[] {
  const random = randomFrom(seed);
  return generateCalls({ model, key, random, wish: wish(random), ...shape });
}

const crowds = new Map<string, Call[][]>();

/** The small history among more than a thousand calls that are all right. */
function embedded(calls: readonly Call[], subject: Subject): Call[] {
  const others =
    crowds.get(subject.model.name) ??
    Array.from({ length: 30 }, (_, index) =>
      valid(subject, { seed: index, key: `other-${String(index)}`, calls: 40, processes: 4, unknownShare: 0.05 }),
    );
  crowds.set(subject.model.name, others);
  return [...others.slice(0, 15).flat(), ...calls, ...others.slice(15).flat()];
}

const subjectOf = (model: unknown): Subject =>
  Object.values(subjects).find((subject) => subject.model.name === (model as Subject['model']).name)!;

describe.each(planted)('checkLinearizability, given $name', ({ healed: [index, row], model, rows }) => {
  const calls = callsFrom('planted', rows);

  it('refuses it and says where', () => {
    const verdict = checkLinearizability(calls, model);
    expect(verdict).toMatchObject({ outcome: 'invalid', violations: [{ key: 'planted' }], undecided: [] });
    const text = explainViolation(verdict.violations[0]!, model);
    expect(text).toContain(`planted is no ${model.name}`);
    expect(bruteForce(calls, model)).toBe(false);
  });

  it('refuses it among many that are all right', () => {
    const verdict = checkLinearizability(embedded(calls, subjectOf(model)), model);
    expect(verdict).toMatchObject({ outcome: 'invalid', keys: 31 });
    expect(verdict.violations.map(({ key }) => key)).toEqual(['planted']);
  });

  it('accepts it healed', () => {
    const healed = callsFrom('healed', rows.with(index, row));
    expect(bruteForce(healed, model)).toBe(true);
    expect(checkLinearizability(healed, model).outcome).toBe('valid');
  });
});

describe.each(Object.entries(subjects))('checkLinearizability, of the model %s', (_name, subject) => {
  const { model } = subject;
  const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });

  it(
    'accepts what the model itself has done, however calls overlap and whatever is never heard of',
    () => {
      fc.assert(
        fc.property(
          seed,
          fc.integer({ min: 1, max: 8 }),
          fc.constantFrom(0, 0.1, 0.3),
          (at, processes, unknownShare) => {
            const calls = valid(subject, { seed: at, calls: 60, processes, unknownShare });
            const verdict = checkLinearizability(calls, model);
            expect(verdict.violations.map((violation) => explainViolation(violation, model))).toEqual([]);
            expect(verdict).toMatchObject({ outcome: 'valid', calls: 60, keys: 1 });
          },
        ),
        { numRuns: 60 },
      );
    },
    PATIENCE_MS,
  );

  it(
    'agrees with trying all orders, on histories with answers or times changed',
    () => {
      let refused = 0;
      fc.assert(
        fc.property(seed, fc.integer({ min: 1, max: 4 }), fc.constantFrom(0, 0.2), (at, processes, unknownShare) => {
          const random = randomFrom(at);
          const calls = valid(subject, { seed: at, calls: 6, processes, unknownShare });
          const [one, other] = [random.integer(6), random.integer(6)];
          const mutations: Call[][] = [
            calls,
            // an answer of another call
            calls.map((call, index) =>
              index === one && call.outcome === 'ok' && calls[other]?.operation === call.operation
                ? { ...call, answer: calls[other].answer ?? call.answer }
                : call,
            ),
            // one call fewer
            calls.filter((_, index) => index !== one),
            // one that seemed to have had no effect
            calls.map((call, index) =>
              index === one ? { ...call, outcome: 'fail' as const, answer: undefined } : call,
            ),
            // one at another time
            calls.map((call, index) =>
              index === one
                ? { ...call, invokedUs: call.invokedUs + 2_000, answeredUs: call.answeredUs + 2_000 }
                : call,
            ),
          ];
          for (const mutated of mutations) {
            const expected = bruteForce(mutated, model);
            if (!expected) refused += 1;
            expect(checkLinearizability(mutated, model).outcome).toBe(expected ? 'valid' : 'invalid');
          }
        }),
        { numRuns: 120 },
      );
      expect(refused).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );
});

describe('checkLinearizability', () => {
  const { model } = subjects.payment;
  const refunds = (count: number, last: unknown): Call[] =>
    callsFrom('k', [
      ['w', 0, 1, 'authorise', { amount: 2 ** 40 }, { done: true }],
      ['w', 2, 3, 'capture', { amount: 2 ** 40 }, { done: true }],
      ...Array.from({ length: count }, (_, index) => {
        const amount = 2 ** index;
        return [`p${String(index)}`, 4, 100, 'refund', { amount }, { amount }] as const;
      }),
      ['r', 101, 102, 'read', null, last],
    ]);

  it('gives up a search that grows too large, and says of which key', () => {
    const impossible = refunds(30, { status: 'captured', captured: 1, refunded: 0 });
    const verdict = checkLinearizability(impossible, model, { configurationsMax: 5_000 });
    expect(verdict).toMatchObject({ outcome: 'unknown', undecided: ['k'], violations: [] });
    expect(verdict.configurations).toBe(5_001);
  });

  it('decides as many changes at once when they have an order', () => {
    const possible = refunds(30, { status: 'partially_refunded', captured: 2 ** 40, refunded: 2 ** 30 - 1 });
    expect(checkLinearizability(possible, model, { configurationsMax: 5_000 }).outcome).toBe('valid');
  });

  it('needs few configurations for a race that one wins and a hundred lose', () => {
    const race = callsFrom('k', [
      ['r', 0, 1, 'request', { by: 'rider' }, { status: 'requested', version: 1, driverId: null }],
      ...Array.from({ length: 100 }, (_, index) => {
        const driverId = `d${String(index)}`;
        const answer = index === 50 ? { status: 'accepted', version: 2, driverId } : { refused: 'OFFER_NOT_AVAILABLE' };
        return [
          driverId,
          2 + index / 100,
          10,
          'accept',
          { by: 'driver', driverId, offerId: driverId },
          answer,
        ] as const;
      }),
    ]);
    const verdict = checkLinearizability(race, subjects.trip.model, { configurationsMax: 1_000 });
    expect(verdict.outcome).toBe('valid');
  });

  it('is not slowed down by calls that nobody hears of', () => {
    const lost = callsFrom('k', [
      ['w', 0, 1, 'authorise', { amount: 1_000 }, { done: true }],
      ['w', 2, 3, 'capture', { amount: 1_000 }, { done: true }],
      ...Array.from({ length: 40 }, (_, index) => [`p${String(index)}`, 4, null, 'refund', { amount: 10 }] as const),
      ['r', 101, 102, 'read', null, { status: 'partially_refunded', captured: 1_000, refunded: 30 }],
    ]);
    const verdict = checkLinearizability(lost, model, { configurationsMax: 5_000 });
    expect(verdict.outcome).toBe('valid');
  });

  it('refuses a history of something else', () => {
    expect(() => checkLinearizability(callsFrom('k', [['a', 0, 1, 'fly', null, null]]), model)).toThrow(
      'payment knows no operation fly (key k)',
    );
  });

  it('of no calls, is valid', () => {
    expect(checkLinearizability([], model)).toMatchObject({ outcome: 'valid', keys: 0, calls: 0 });
  });

  it('of a trip that the platform may end, explains what nobody asked for', () => {
    const calls = callsFrom('k', [
      ['r', 0, 1, 'request', { by: 'rider' }, { status: 'requested', version: 1, driverId: null }],
      ['r', 2, 3, 'read', { by: 'rider' }, { status: 'expired', version: 2, driverId: null }],
    ]);
    const model = makeTripModel({ endsBySystem: true });
    expect(checkLinearizability(calls, model as never).outcome).toBe('valid');
    expect(checkLinearizability(calls, makeTripModel() as never).outcome).toBe('invalid');
  });

  it('of a payment that the platform drives, takes in what readers see of it, once', () => {
    const model = makePaymentModel({ isDriven: true });
    const seen = (...reads: readonly (readonly [string, number])[]) =>
      checkLinearizability(
        callsFrom(
          'k',
          reads.map(([status, captured], index) => [
            'r',
            index * 2,
            index * 2 + 1,
            'read',
            null,
            { status, captured, refunded: 0 },
          ]),
        ),
        model as never,
      ).outcome;
    expect(seen(['pending', 0], ['authorized', 0], ['unknown', 0], ['captured', 700], ['captured', 700])).toBe('valid');
    expect(seen(['authorized', 0], ['voided', 0])).toBe('valid');
    expect(seen(['captured', 700], ['captured', 900])).toBe('invalid');
    expect(seen(['voided', 0], ['captured', 900])).toBe('invalid');
    expect(seen(['authorized', 0], ['pending', 0])).toBe('invalid');
  });
});

describe('explainViolation', () => {
  it('shows the longest order that fits, the call without a place, and what the state can have been', () => {
    const { model, rows } = planted.find(({ name }) => name === 'refunds above the capture')!;
    const { violations } = checkLinearizability(callsFrom('payment-7', rows), model);
    expect(explainViolation(violations[0]!, model))
      .toBe(`payment-7 is no payment: its calls have no order that explains the answers.
The longest order that fits:
  1. w: authorise {"amount":1200} → {"done":true}  [0, 1000] µs
       ⇒ authorized 1200, captured 0, refunds of 0 asked for and 0 seen
  2. w: capture {"amount":1000} → {"done":true}  [2000, 3000] µs
       ⇒ authorized 1200, captured 1000, refunds of 0 asked for and 0 seen
  3. y: refund {"amount":700} → {"amount":700}  [5000, 7000] µs
       ⇒ authorized 1200, captured 1000, refunds of 700 asked for and 0 seen
No place is left for
  x: refund {"amount":700} → {"amount":700}  [4000, 8000] µs
When it was answered the state can only have been
  authorized 1200, captured 1000, refunds of 700 asked for and 0 seen`);
  });

  it('of a history that begins wrong, says how it begins, and what else was under way', () => {
    const { model } = subjects.trip;
    const { violations } = checkLinearizability(
      callsFrom('t', [
        ['a', 0, 1, 'read', { by: 'rider' }, { status: 'requested', version: 1, driverId: null }],
        ['b', 0, 5, 'cancel', { by: 'rider' }, { refused: 'TRIP_NOT_FOUND' }],
      ]),
      model,
    );
    const text = explainViolation({ ...violations[0]!, prefix: undefined }, model);
    expect(text).toContain('It begins as absent at version 0.');
    expect(text).toContain('Not answered yet were\n  b: cancel');
  });

  it('of a long history, shows its end', () => {
    const { model } = subjects.trip;
    const reads = Array.from(
      { length: 30 },
      (_, index) =>
        [
          'r',
          2 + 2 * index,
          3 + 2 * index,
          'read',
          { by: 'rider' },
          { status: 'requested', version: 1, driverId: null },
        ] as const,
    );
    const { violations } = checkLinearizability(
      callsFrom('t', [
        ['r', 0, 1, 'request', { by: 'rider' }, { status: 'requested', version: 1, driverId: null }],
        ...reads,
        ['s', 100, 101, 'read', { by: 'rider' }, { status: 'arrived', version: 3, driverId: 'd' }],
      ]),
      model,
    );
    expect(explainViolation(violations[0]!, model)).toContain(
      'The longest order that fits, after 19 others:\n  20. r: read',
    );
  });
});

describe('explainViolation, of answers that are long', () => {
  it('shows their beginnings', () => {
    const long = 'x'.repeat(1_000);
    const { model } = subjects.idempotency;
    const calls = callsFrom('k', [
      ['a', 0, 1, 'request', { payload: long }, { outcome: 'executed', answer: long }],
      ['b', 2, 3, 'request', { payload: long }, { outcome: 'replayed', answer: `${long}y` }],
    ]);
    const text = explainViolation(checkLinearizability(calls, model).violations[0]!, model);
    expect(text).toContain(`done for ${'x'.repeat(120)}… with ${'x'.repeat(120)}…`);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(700);
  });
});
