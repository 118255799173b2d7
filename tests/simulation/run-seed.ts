import { createHash } from 'node:crypto';
import { randomStream } from '@rideshare/kernel';
import { checkAtRest, checkNow, isAtRest } from './checks/checks.ts';
import type { Violation } from './checks/checks.ts';
import { takeSnapshot, takeStores } from './checks/snapshot.ts';
import { planFaults } from './faults.ts';
import type { Fault } from './faults.ts';
import { administer } from './people/administrator.ts';
import { becomeDriver, work } from './people/driver.ts';
import { Person } from './people/person.ts';
import type { Acknowledged } from './people/person.ts';
import { ride } from './people/rider.ts';
import { createWorld } from './world/world.ts';
import type { World } from './world/world.ts';

/** Everything that a run depends on. */
export interface Plan {
  readonly seed: number;
  readonly embedded: boolean;
  /** By number: with the same number comes the same person, whoever else is there. */
  readonly riders: readonly number[];
  readonly drivers: readonly number[];
  readonly openMs: number;
  readonly faults: readonly Fault[];
}

/** What came of a run. */
export interface Outcome {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  /** Of virtual time, all in all. */
  readonly simulatedMs: number;
  readonly realMs: number;
  readonly appointments: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly trips: ReadonlyMap<string, number>;
  readonly acknowledged: number;
  /** Of every event in the order in which it was told: the same for the same plan. */
  readonly fingerprint: string;
}

/** By now everything has come to rest after the last fault: searches, sweeps, doubts and their questions, retries. */
const REST_MAX_MS = 900_000;
/** Who is at rest for this long has nothing left to do. */
const REST_MS = 10_000;
const WATCH_MS = 5_000;
const SET_UP_MS = 20_000;

/** The plan of a seed, for a city that is open for `openMs`. */
export function planOf(seed: number, openMs: number): Plan {
  const random = randomStream(seed, 'plan');
  const numbers = (from: number, to: number) =>
    Array.from({ length: from + random.integer(to - from + 1) }, (_, index) => index);
  return {
    seed,
    embedded: random.chance(0.5),
    riders: numbers(3, 10),
    drivers: numbers(2, 7),
    openMs,
    faults: planFaults(randomStream(seed, 'faults'), openMs),
  };
}

/** Lives a plan through, and looks at what is left. */
export async function runPlan(plan: Plan): Promise<Outcome> {
  const begunMs = performance.now();
  const world = createWorld(plan);
  const acknowledged: Acknowledged[] = [];
  await world.open();
  const city = await populate(world, plan, acknowledged);
  let violations = await watch(world, () => world.time.nowMs >= city.closesMs);
  world.calm();
  if (violations.length === 0) violations = await comeToRest(world, city.isQuiet);
  const snapshot = await takeSnapshot(world);
  if (violations.length === 0) {
    const waiting = city.isQuiet() ? [] : [{ check: '5 everybody was answered', what: 'somebody still waits' }];
    violations = [...waiting, ...checkAtRest(snapshot, acknowledged)];
  }
  const statuses = Map.groupBy(snapshot.trips, ({ state }) => state.status);
  const fingerprint = createHash('sha256');
  for (const { topic, partition, offset, envelope } of snapshot.log) {
    fingerprint.update(JSON.stringify([topic, partition, offset, envelope]));
  }
  return {
    plan,
    violations,
    simulatedMs: world.time.nowMs,
    realMs: performance.now() - begunMs,
    appointments: world.time.kept,
    faults: world.faults,
    trips: new Map([...statuses].map(([status, { length }]) => [status, length])),
    acknowledged: acknowledged.length,
    fingerprint: fingerprint.digest('hex').slice(0, 16),
  };
}

/** Lets time pass until `isOver`, and looks now and then whether what must always hold still does. */
async function watch(world: World, isOver: () => boolean | Promise<boolean>): Promise<Violation[]> {
  while (!(await isOver())) {
    await world.time.run(world.time.nowMs + WATCH_MS);
    const violations = checkNow(await takeStores(world));
    if (violations.length > 0) return violations;
  }
  return [];
}

/** Until nobody waits and nothing is on its way, and a little longer. */
function comeToRest(world: World, isQuiet: () => boolean): Promise<Violation[]> {
  const untilMs = world.time.nowMs + REST_MAX_MS;
  let restsSinceMs: number | undefined;
  return watch(world, async () => {
    const rests = isQuiet() && isAtRest(await takeStores(world));
    restsSinceMs = rests ? (restsSinceMs ?? world.time.nowMs) : undefined;
    const restedMs = restsSinceMs === undefined ? 0 : world.time.nowMs - restsSinceMs;
    return restedMs >= REST_MS || world.time.nowMs >= untilMs;
  });
}

/** Lets people in, and closes the city; drivers go on until the last rider has ended their ride. */
async function populate(world: World, plan: Plan, acknowledged: Acknowledged[]) {
  const { network, time } = world;
  const codes = new Map<string, string>();
  const somebody = (name: string, ...roles: ('rider' | 'driver' | 'admin')[]) => {
    const person = new Person({ phone: world.process(name), network, acknowledged, roles });
    void world.register(person.id, roles);
    return person;
  };
  const admin = somebody('admin', 'admin');
  const busy = { riders: 0, others: 0 };
  const live = (life: Promise<unknown>, kind: keyof typeof busy): void => {
    busy[kind] += 1;
    void life.then(() => (busy[kind] -= 1));
  };
  const drivers: Person[] = [];
  for (const number of plan.drivers) {
    const driver = somebody(`driver ${String(number)}`, 'rider', 'driver');
    const becoming = becomeDriver(driver, admin).then((became) => {
      if (became) drivers.push(driver);
    });
    live(becoming, 'others');
  }
  await time.run(time.nowMs + SET_UP_MS);
  const closesMs = time.nowMs + plan.openMs;
  const isOpen = () => time.nowMs < closesMs;
  for (const driver of drivers)
    live(
      work(driver, codes, () => isOpen() || busy.riders > 0),
      'others',
    );
  for (const number of plan.riders) live(ride(somebody(`rider ${String(number)}`, 'rider'), codes, isOpen), 'riders');
  live(administer(admin, acknowledged, isOpen), 'others');
  for (const fault of plan.faults) {
    time.after(fault.atMs, () => {
      world.inflict(fault);
    });
  }
  return { closesMs, isQuiet: () => busy.riders === 0 && busy.others === 0 };
}
