import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createPayment, refundPayment } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import type { TableReader } from '@rideshare/memory';
import fc from 'fast-check';
import { eur, tripOf } from '../test/support/running-payment.ts';
import { callerOf, createWorld, tellerOf } from '../test/support/world.ts';
import type { PaymentGateway } from './parts.ts';
import { ledgerJournals, paymentOps, payments, sandboxOperations } from './parts.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
// a history takes a fraction of a second; a machine may stand still meanwhile
const PATIENCE_MS = 2 * MINUTE_MS;

type World = ReturnType<typeof createWorld>;
type Draw = () => number;

/** Numbers in [0, 1) that follow from the seed. */
function drawsOf(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Odds {
  readonly kill: number;
  readonly lose: number;
  readonly delay: number;
  /** A call is stuck in the network until everybody has given it up; it arrives before it is looked for once more. */
  readonly stuck: number;
}

/** Starts a process that lives in trouble, until it is killed or told to be well. */
function startTroubled(world: World, draw: Draw, odds: Odds) {
  const never = new Promise<never>(() => undefined);
  let isDead = false;
  const live = async (): Promise<void> => {
    if (!isDead && draw() < odds.kill) isDead = true;
    if (isDead) await never;
    if (draw() < odds.delay) await world.scheduler.sleep(Math.floor(draw() * 8 * SECOND_MS));
    if (isDead) await never;
  };
  const lost = (): Promise<never> => Promise.reject(new AppError('LOST', 'unavailable', 'no answer'));
  const troubled =
    <Request, Answer>(call: (request: Request) => Promise<Answer>) =>
    async (request: Request): Promise<Answer> => {
      await live();
      if (draw() < odds.lose) return lost();
      if (draw() < odds.stuck) await world.scheduler.sleep(MINUTE_MS + Math.floor(draw() * 3 * MINUTE_MS));
      const answer = await call(request);
      await live();
      return draw() < odds.lose ? lost() : answer;
    };
  const parts = world.start({
    interfere: async (step) => {
      await live();
      if (step === 'committed' && draw() < odds.lose / 4) await lost();
    },
    gateway: (sandbox): PaymentGateway => ({
      name: sandbox.name,
      describe: (token) => sandbox.describe(token),
      authorize: troubled((request) => sandbox.authorize(request)),
      increment: troubled((request) => sandbox.increment(request)),
      capture: troubled((request) => sandbox.capture(request)),
      void: troubled((request) => sandbox.void(request)),
      refund: troubled((request) => sandbox.refund(request)),
      query: troubled((key) => sandbox.query(key)),
    }),
  });
  return {
    parts,
    isDead: () => isDead,
    kill: () => {
      isDead = true;
    },
  };
}

/** What the service and the gateway each say about one trip. */
interface Accounts {
  readonly status: string;
  readonly underWay: number;
  readonly captured: number;
  readonly cleared: number;
  readonly taken: number;
  readonly openHolds: number;
}

const sumOf = (amounts: readonly { readonly amount: number }[]) => amounts.reduce((sum, { amount }) => sum + amount, 0);

async function accountsOf({ server }: World): Promise<Accounts[]> {
  const own = server.connect(undefined, 'payment');
  const gateway = await server.connect(undefined, 'sandbox').read((reader) => reader.all(sandboxOperations));
  const done = gateway.filter(({ state }) => state === 'done');
  return own.read((reader: TableReader) =>
    reader.all(payments).map(({ payment, opIds }) => {
      const ops = opIds.flatMap((opId) => reader.get(paymentOps, opId) ?? []);
      const keys = new Set(ops.map(({ op }) => op.pspKey));
      const made = done.filter(({ key }) => keys.has(key));
      const of = (kind: string) => made.filter((each) => each.kind === kind);
      const lines = reader
        .all(ledgerJournals)
        .flatMap((journal) => (journal.paymentId === payment.id ? journal.lines : []));
      const ended = new Set([...of('capture'), ...of('void')].map(({ target }) => target));
      return {
        status: payment.status,
        underWay: ops.filter(({ op }) => ['planned', 'sent', 'unknown'].includes(op.state)).length,
        captured: payment.captured - payment.refunded,
        cleared: sumOf(lines.filter(({ account }) => account === 'gateway:sandbox:clearing')),
        taken: sumOf(of('capture')) - sumOf(of('refund')),
        openHolds: of('authorize').filter(({ reference }) => !ended.has(reference)).length,
      };
    }),
  );
}

const TOKENS = ['tok_ok', 'tok_ok', 'tok_timeout_before', 'tok_timeout_after', 'tok_slow', 'tok_declined'] as const;

/** Lives through one history of two processes and some trips, and lets it come to rest. */
async function live(seed: number, odds: Odds): Promise<Accounts[]> {
  const draw = drawsOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(draw() * items.length)]!;
  const world = createWorld();
  const well = world.start();
  const processes: ReturnType<typeof startTroubled>[] = [];
  const renew = () => {
    while (processes.filter((each) => !each.isDead()).length < 2) {
      const process = startTroubled(world, draw, odds);
      process.parts.startLoops();
      processes.push(process);
    }
  };
  const anyone = () => {
    renew();
    return pick(processes.filter((each) => !each.isDead())).parts;
  };
  const pending: Promise<unknown>[] = [];
  for (let count = 0; count < 3; count += 1) {
    renew();
    const riderId = randomUUID();
    const methodId = await methodOf(well, riderId, pick(TOKENS));
    const news = [1, 2].map(() => tripOf(tellerOf(well), { riderId, methodId }));
    const trip = news[0]!;
    const end = pick([
      () => trip.complete(),
      () => trip.complete(1_400),
      () => trip.cancel(300),
      () => trip.cancel(),
      () => trip.expire(),
    ]);
    const told = draw() < 0.8 ? [() => trip.request(), end, end] : [end, () => trip.request()];
    for (const tell of told) {
      renew();
      // an event that is lost in trouble comes again, as long as it takes
      await tell();
      await world.scheduler.advance(Math.floor(draw() * 20 * SECOND_MS));
    }
    const call: ReturnType<typeof callerOf> = (...request) => callerOf(anyone())(...request);
    const paymentId = (await well.deps.payments.find(trip))?.id;
    const other = await methodOf(well, riderId, pick(TOKENS));
    const asks = [
      () => call(createPayment, riderId, { body: { tripId: trip.tripId, methodId: other } }),
      () => call(refundPayment, randomUUID(), { body: { paymentId, reason: 'late' } }),
      () => call(refundPayment, randomUUID(), { body: { paymentId, reason: 'late', amount: eur(100) } }),
    ];
    for (let asked = 0; asked < 3; asked += 1) {
      renew();
      pending.push(pick(asks)().catch(() => undefined));
      await world.scheduler.advance(Math.floor(draw() * 40 * SECOND_MS));
    }
  }
  for (const process of processes) process.kill();
  well.startLoops();
  await world.scheduler.advance(15 * MINUTE_MS);
  return accountsOf(world);
}

async function methodOf(parts: ReturnType<World['start']>, riderId: string, token: string): Promise<string> {
  const { deps } = parts;
  const facts = await deps.gateway.describe(token);
  const id = deps.ids.next();
  const operation = { at: deps.clock.now(), id: () => id, seal: () => Promise.resolve() };
  await deps.methods.add(operation, { id, riderId, gateway: 'sandbox', token, ...facts! });
  return id;
}

test(
  'payments, whatever is lost, late or killed on the way, agree with the gateway in the end',
  async () => {
    const chance = (max: number) => fc.integer({ min: 0, max: 100 }).map((percent) => (percent / 100) * max);
    const odds = fc.record({ kill: chance(0.02), lose: chance(0.4), delay: chance(0.3), stuck: chance(0.2) });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), odds, async (seed, chances) => {
        for (const account of await live(seed, chances)) {
          const { captured } = account;
          expect(account).toEqual({ ...account, underWay: 0, cleared: captured, taken: captured, openHolds: 0 });
        }
      }),
      { numRuns: 8 },
    );
  },
  PATIENCE_MS,
);
