import { toError } from '@rideshare/kernel';
import type { RideWish } from './demand.ts';
import { DriverAgent } from './driver-agent.ts';
import { becomeDriver, becomeRider } from './people.ts';
import { RiderAgent } from './rider-agent.ts';
import { verifyRide } from './verify.ts';
import { inParallel, sleepMs } from './world.ts';
import type { World } from './world.ts';

/** Sign-ups at once: hashing passwords is what they cost, and the platform bounds it. */
const SIGN_UPS_AT_ONCE = 4;

/** What the city tells while it runs. */
export interface CityProgress {
  signedUp(done: number, of: number): void;
  wished(count: number): void;
}

/** What a run of the city takes. */
export interface CityPlan {
  readonly world: World;
  readonly drivers: number;
  readonly wishes: Iterable<RideWish>;
  /** City seconds after which no more wishes are taken up; `undefined` takes all of them. */
  readonly untilS: number | undefined;
  readonly progress: CityProgress;
  /** Ends the drivers' work once the last ride has ended. */
  readonly stop: () => void;
}

/** Riders who are free; more of them sign up when all are on their way. */
function createRiderPool(world: World) {
  const free: RiderAgent[] = [];
  const all: RiderAgent[] = [];
  let signedUp = 0;
  return {
    all,
    async take(): Promise<RiderAgent> {
      const waiting = free.shift();
      if (waiting) return waiting;
      signedUp += 1;
      const session = await becomeRider(world.api, world.seed, signedUp, world.behaviour);
      const rider = new RiderAgent(world, session);
      all.push(rider);
      return rider;
    },
    giveBack(rider: RiderAgent): void {
      free.push(rider);
    },
  };
}

async function fulfil(world: World, riders: ReturnType<typeof createRiderPool>, wish: RideWish): Promise<void> {
  try {
    const rider = await riders.take();
    const { ending, trip } = await rider.ride(wish);
    world.observations.end(ending);
    // the rider is free for the next ride while this one is still being paid
    if (trip && ending !== 'unfinished') riders.giveBack(rider);
    if (ending === 'refused') riders.giveBack(rider);
    if (trip && ending !== 'unfinished') await verifyRide(world, rider.session, trip);
  } catch (error) {
    world.observations.contradict(`wish ${String(wish.index)} failed: ${toError(error).message}`);
  }
}

async function hireDrivers({ drivers, progress, world }: CityPlan): Promise<DriverAgent[]> {
  const agents: DriverAgent[] = [];
  const indexes = Array.from({ length: drivers }, (_unused, index) => index + 1);
  await inParallel(indexes, SIGN_UPS_AT_ONCE, async (index) => {
    const session = await becomeDriver(world.api, world.administrator, world.seed, index);
    agents.push(new DriverAgent(world, session, index));
    progress.signedUp(agents.length, drivers);
  });
  return agents;
}

/** Signs people up, lets them ride, and waits until the last ride is over and paid. */
export async function runCity(plan: CityPlan): Promise<void> {
  const { progress, world } = plan;
  const drivers = await hireDrivers(plan);
  const driving = drivers.map((driver) =>
    driver.run().catch((error: unknown) => {
      if (!world.signal.aborted) world.observations.contradict(`a driver gave up: ${toError(error).message}`);
    }),
  );
  const riders = createRiderPool(world);
  const rides = new Set<Promise<void>>();
  const startedAt = performance.now();
  let wished = 0;
  for (const wish of plan.wishes) {
    if (plan.untilS !== undefined && wish.atS > plan.untilS) break;
    const dueAt = startedAt + (wish.atS * 1000) / world.speed;
    await sleepMs(Math.max(0, dueAt - performance.now()), world.signal);
    if (world.signal.aborted) break;
    wished += 1;
    progress.wished(wished);
    const ride = fulfil(world, riders, wish).finally(() => rides.delete(ride));
    rides.add(ride);
  }
  await Promise.all(rides);
  plan.stop();
  await Promise.all([...driving, ...riders.all.map((rider) => rider.ended)]);
}
