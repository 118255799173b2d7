import { describe, expect, it } from '@jest/globals';
import { userUpdated } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import type { Random } from '@rideshare/kernel';
import { createMemoryServer, defineTable } from '@rideshare/memory';
import type { Interference, MemoryServer } from '@rideshare/memory';
import { createMetrics, silentLogger } from '@rideshare/observability';
import { manualScheduler } from '@rideshare/testing';
import type { ManualScheduler } from '@rideshare/testing';
import {
  appendToOutbox,
  createConsumer,
  createMemoryLog,
  createRelay,
  createTail,
  messagingStore,
  newEvent,
  on,
  waitingEvents,
} from '../src/index.ts';
import type { Worker } from '../src/index.ts';

const effects = defineTable<{ readonly what: string }>('effects');
const USERS = 4;
const EVENTS = 12;
const SECOND_MS = 1_000;

/** The same numbers for the same seed, by mulberry32. */
function seeded(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, integer: (below) => Math.floor(next() * below) };
}

interface World {
  readonly scheduler: ManualScheduler;
  readonly random: Random;
  readonly service: MemoryServer;
  readonly broker: MemoryServer;
  readonly history: string[];
}

/** A network that delays what is said, and now and then refuses it or loses the answer; gone for good once cut. */
function unsteady({ scheduler, random, history }: World, name: string, isCut: () => boolean): Interference {
  return async (step) => {
    const fate = random.next();
    await scheduler.sleep(random.integer(20));
    if (isCut()) await new Promise(() => undefined);
    if (fate >= 0.05) return;
    history.push(`${String(scheduler.clock.now().getTime())} ${name} fails at ${step}`);
    throw new AppError('ENGINE_UNREACHABLE', 'unavailable', 'the network is down');
  };
}

/** One process of the service, whose network may be cut; it is not told. */
async function startProcess(world: World, name: string, isBeside: boolean) {
  const { scheduler, random, service, broker, history } = world;
  let isCut = false;
  let clockOffMs = 0;
  const interfere = unsteady(world, name, () => isCut);
  const database = service.connect(interfere, 'app');
  const log = createMemoryLog({ database: isBeside ? database : broker.connect(interfere), partitions: 2 });
  const common = {
    database,
    log,
    scheduler,
    clock: { now: () => new Date(scheduler.clock.now().getTime() + clockOffMs) },
    random,
    logger: silentLogger,
    metrics: createMetrics({ service: 'test', version: '0' }),
    owner: name,
  };
  const apply = on(userUpdated, async (event, delivery) => {
    await database.atomic(delivery, (tx) => {
      const what = `${event.stream}#${String(event.sequence)}`;
      tx.put(effects, String(tx.next('effects')), { what });
      history.push(`${String(scheduler.clock.now().getTime())} ${name} does ${what}`);
    });
    return 'applied';
  });
  const seen: string[] = [];
  const workers: Worker[] = [
    createRelay(common),
    createConsumer({ ...common, group: 'g', mode: 'transactional', subscriptions: [apply] }),
    createTail({ ...common, topics: ['user.events'], fromAgeMs: 60_000, handler: ({ id }) => void seen.push(id) }),
  ];
  for (const worker of workers) await worker.start();
  return { seen, cut: () => (isCut = true), setClock: (offMs: number) => (clockOffMs = offMs) };
}

const userOf = (index: number) => `019c0000-0000-7000-8000-${String(index).padStart(12, '0')}`;

async function append({ service, scheduler }: World, user: number, sequence: number): Promise<void> {
  const userId = userOf(user);
  const profile = {
    email: 'ana@example.org',
    firstName: 'Ana',
    lastName: 'Sousa',
    phone: null,
    roles: ['rider' as const],
    status: 'active' as const,
    language: 'pt',
    notifications: { email: true, sms: false, push: true },
  };
  const id = `019c0000-0000-7000-9000-${String(user * 1_000 + sequence).padStart(12, '0')}`;
  const fields = { id, sequence, occurredAt: scheduler.clock.now(), source: 'user', data: { userId, ...profile } };
  await service.connect(undefined, 'app').transaction((tx) => {
    appendToOutbox(tx, [newEvent(userUpdated, fields)]);
  });
}

/**
 * Two processes, one of which has its clock set, and a third that replaces the first when that is cut off in the middle.
 *
 * @returns all that happened.
 */
async function live(seed: number, isBeside: boolean) {
  const scheduler = manualScheduler();
  const { clock } = scheduler;
  const servers = { service: createMemoryServer({ clock }), broker: createMemoryServer({ clock }) };
  const world: World = { scheduler, random: seeded(seed), ...servers, history: [] };
  const starting = (name: string) => {
    const started = startProcess(world, name, isBeside);
    return scheduler.advance(SECOND_MS).then(() => started);
  };
  const first = await starting('one');
  const second = await starting('two');
  for (let sequence = 1; sequence <= EVENTS; sequence += 1) {
    for (let user = 0; user < USERS; user += 1) await append(world, user, sequence);
    if (sequence === EVENTS / 3) second.setClock(300 * SECOND_MS);
    if (sequence === EVENTS / 2) first.cut();
    if (sequence === EVENTS - 2) second.setClock(-300 * SECOND_MS);
    await scheduler.advance(world.random.integer(2 * SECOND_MS));
  }
  const third = await starting('three');
  await scheduler.advance(30 * SECOND_MS);
  const database = servers.service.connect(undefined, 'app');
  return {
    history: world.history,
    effects: (await database.read((reader) => reader.all(effects))).map(({ what }) => what),
    waiting: await waitingEvents(database),
    figures: await messagingStore(database).consumer('g').figures(),
    seen: [second, third].map(({ seen }) => new Set(seen).size),
  };
}

describe.each([
  ['in one database', true],
  ['with a broker', false],
])('relays, consumers and tails under a clock that is moved, %s', (_place, isBeside) => {
  it.each([1, 2, 3])('have every effect once and in order, whatever network and clocks do (seed %i)', async (seed) => {
    const world = await live(seed, isBeside);
    const byUser = Map.groupBy(world.effects, (what) => what.slice(0, what.indexOf('#')));
    const expected = Array.from({ length: EVENTS }, (_, index) => index + 1);
    for (let user = 0; user < USERS; user += 1) {
      const done = byUser.get(`user:${userOf(user)}`)?.map((what) => Number(what.slice(what.indexOf('#') + 1)));
      expect(done).toEqual(expected);
    }
    expect(world.waiting).toEqual([]);
    expect(world.figures).toEqual({ parked: 0, oldestParkedAgeS: 0, retries: 0, deadLetters: 0 });
    expect(world.seen).toEqual([USERS * EVENTS, USERS * EVENTS]);
    expect(world.history.filter((line) => line.includes('fails')).length).toBeGreaterThan(10);
  });

  it('do the same at the same moments when the seed is the same', async () => {
    const world = await live(7, isBeside);
    expect(await live(7, isBeside)).toEqual(world);
    expect((await live(8, isBeside)).history).not.toEqual(world.history);
  });
});
