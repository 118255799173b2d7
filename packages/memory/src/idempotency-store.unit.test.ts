import { expect, test } from '@jest/globals';
import type { IdempotencyClaim, IdempotencyScope, IdempotencyStore } from '@rideshare/kernel';
import { fakeClock } from '@rideshare/testing';
import type { FakeClock } from '@rideshare/testing';
import fc from 'fast-check';
import { createIdempotencyStore, createMemoryServer } from './index.ts';

// The store against what it promises, in a few lines: a key is free, held until a time by whoever came last, or answered.

const LEASE_MS = 30_000;
const HASHES = ['same', 'other'] as const;
const KEYS = ['one', 'two'] as const;
type Key = (typeof KEYS)[number];

interface Entry {
  readonly hash: string;
  readonly seed: string;
  readonly holder: string | null;
  readonly untilMs: number;
  readonly answer: number | null;
}

interface Model {
  nowMs: number;
  readonly entries: Map<Key, Entry>;
}

interface Real {
  readonly clock: FakeClock;
  readonly store: IdempotencyStore;
  /** Every token that was ever handed out, the latest last; those that were replaced try their luck, too. */
  readonly tokens: { readonly key: Key; readonly token: string }[];
  begun: number;
}

const scopeOf = (key: Key): IdempotencyScope => ({ principal: 'p', route: 'r', key });
const answerOf = (status: number) => ({ status, headers: {}, body: { status } });

/** What somebody hears who comes for a key that cannot be had. */
function takenBy(entry: Entry | undefined, hash: string, nowMs: number): IdempotencyClaim | undefined {
  if (!entry) return undefined;
  if (entry.hash !== hash) return { outcome: 'mismatch' };
  if (entry.answer !== null) return { outcome: 'replay', response: answerOf(entry.answer) };
  const leftMs = entry.untilMs - nowMs;
  return leftMs > 0 ? { outcome: 'in_progress', retryAfterS: Math.max(1, Math.ceil(leftMs / 1_000)) } : undefined;
}

class Begin implements fc.AsyncCommand<Model, Real> {
  readonly key: Key;
  readonly hash: string;

  constructor(key: Key, hash: string) {
    this.key = key;
    this.hash = hash;
  }

  check = (): boolean => true;

  async run(model: Model, real: Real): Promise<void> {
    real.begun += 1;
    const seed = `seed ${String(real.begun)}`;
    const claim = await real.store.begin(scopeOf(this.key), this.hash, { seed, at: real.clock.now() }, LEASE_MS);
    const entry = model.entries.get(this.key);
    const taken = takenBy(entry, this.hash, model.nowMs);
    if (taken) {
      expect(claim).toEqual(taken);
      return;
    }
    if (claim.outcome !== 'started') throw new Error(`a free key is not handed out: ${claim.outcome}`);
    const kept = { hash: this.hash, seed: entry?.seed ?? seed };
    expect(claim).toMatchObject({ resumed: entry !== undefined, recovery: { seed: kept.seed } });
    expect(real.tokens.map(({ token }) => token)).not.toContain(claim.token);
    real.tokens.push({ key: this.key, token: claim.token });
    model.entries.set(this.key, { ...kept, holder: claim.token, untilMs: model.nowMs + LEASE_MS, answer: null });
  }

  toString = (): string => `begin(${this.key}, ${this.hash})`;
}

/** Whoever once had a key, the latest or an earlier one, answers under it or gives it back. */
class Act implements fc.AsyncCommand<Model, Real> {
  readonly how: 'finish' | 'give back' | 'forget';
  readonly back: number;

  constructor(how: Act['how'], back: number) {
    this.how = how;
    this.back = back;
  }

  check = (): boolean => true;

  async run(model: Model, { store, tokens }: Real): Promise<void> {
    const held = tokens.at(-1 - this.back);
    if (!held) return;
    const entry = model.entries.get(held.key);
    const holds = entry?.holder === held.token && entry.answer === null;
    const scope = scopeOf(held.key);
    if (this.how === 'finish') {
      const status = 200 + tokens.indexOf(held);
      expect(await store.finish(scope, held.token, answerOf(status))).toBe(holds);
      if (entry && holds) model.entries.set(held.key, { ...entry, answer: status });
      return;
    }
    await store.reset(scope, held.token, { forget: this.how === 'forget' });
    if (!entry || !holds) return;
    if (this.how === 'forget') model.entries.delete(held.key);
    else model.entries.set(held.key, { ...entry, untilMs: model.nowMs });
  }

  toString = (): string => `${this.how}(-${String(this.back)})`;
}

class Pass implements fc.AsyncCommand<Model, Real> {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  check = (): boolean => true;

  run(model: Model, { clock }: Real): Promise<void> {
    model.nowMs += this.ms;
    clock.advance(this.ms);
    return Promise.resolve();
  }

  toString = (): string => `pass(${String(this.ms)})`;
}

const histories = fc.commands<Model, Real, false>(
  [
    fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...HASHES)).map(([key, hash]) => new Begin(key, hash)),
    fc.constantFrom(...KEYS).map((key) => new Begin(key, 'same')),
    fc
      .tuple(fc.constantFrom('finish' as const, 'give back' as const, 'forget' as const), fc.nat(3))
      .map(([how, back]) => new Act(how, back)),
    fc.constantFrom(0, 1, 10_000, LEASE_MS).map((ms) => new Pass(ms)),
  ],
  { maxCommands: 40, size: 'max' },
);

test('createIdempotencyStore, through any history of holders, pauses and answers, is what it promises', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const setup = () => {
        const clock = fakeClock();
        const store = createIdempotencyStore(createMemoryServer({ clock }).connect());
        return { model: { nowMs: 0, entries: new Map<Key, Entry>() }, real: { clock, store, tokens: [], begun: 0 } };
      };
      await fc.asyncModelRun(setup, history);
    }),
    { numRuns: 200 },
  );
});
