import { toError } from '@rideshare/kernel';
import { ApiError } from './api.ts';
import type { RideWish } from './demand.ts';
import { DriverAgent } from './driver-agent.ts';
import { becomeDriver, becomeRider } from './people.ts';
import { RiderAgent } from './rider-agent.ts';
import { verifyRide } from './verify.ts';
import { inParallel, sleepMs } from './world.ts';
import type { World } from './world.ts';

/** Sign-ups at once: hashing passwords is what they cost, and the platform bounds it. */
const SIGN_UPS_AT_ONCE = 4;

/** Rides verified at once when all of them are at the end. */
const CHECKS_AT_ONCE = 8;

/** What the city tells while it runs. */
export interface CityProgress {
  signedUp(done: number, of: number): void;
  /** Everybody is there; the first wish comes now. */
  begun(): void;
  wished(count: number): void;
}

/** What a run of the city takes. */
export interface CityPlan {
  readonly world: World;
  readonly drivers: number;
  /** Riders who sign up before the first wish; more do when all of them are on their way. */
  readonly riders: number;
  readonly wishes: Iterable<RideWish>;
  /** Whether rides are compared with what the platform says as they end, or when all have ended. */
  readonly verify: 'at-once' | 'afterwards';
  /** City seconds after which no more wishes are taken up; `undefined` takes all of them. */
  readonly untilS: number | undefined;
  /** Aborts when no more wishes are to be taken up; rides under way go on to their ends. */
  readonly lastCall: AbortSignal;
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
    async signUp(): Promise<RiderAgent> {
      signedUp += 1;
      const session = await becomeRider(world.api, world.seed, signedUp, world.behaviour);
      const rider = new RiderAgent(world, session);
      all.push(rider);
      return rider;
    },
    async take(): Promise<RiderAgent> {
      return free.shift() ?? this.signUp();
    },
    giveBack(rider: RiderAgent): void {
      free.push(rider);
    },
  };
}

function failed({ observations }: World, wish: RideWish, error: unknown): void {
  observations.contradict(`wish ${String(wish.index)} failed: ${toError(error).message}`);
}

/** Somebody for the wish; nobody where the platform is too busy to sign anybody up, however patiently it is asked. */
async function findRider({ observations }: World, riders: ReturnType<typeof createRiderPool>) {
  try {
    return await riders.take();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 503) throw error;
    observations.refuse(error.code);
    observations.end('refused');
    return undefined;
  }
}

async function fulfil(
  world: World,
  riders: ReturnType<typeof createRiderPool>,
  wish: RideWish,
  verify: (wish: RideWish, check: () => Promise<void>) => Promise<void>,
): Promise<void> {
  try {
    const rider = await findRider(world, riders);
    if (!rider) return;
    const { ending, trip } = await rider.ride(wish);
    world.observations.end(ending);
    // the rider is free for the next ride while this one is still being paid
    if (trip && ending !== 'unfinished') riders.giveBack(rider);
    if (ending === 'refused') riders.giveBack(rider);
    if (trip && ending !== 'unfinished') await verify(wish, () => verifyRide(world, rider.session, trip));
  } catch (error) {
    failed(world, wish, error);
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
  const beforehand = Array.from({ length: plan.riders }, (_unused, index) => index);
  await inParallel(beforehand, SIGN_UPS_AT_ONCE, async () => {
    riders.giveBack(await riders.signUp());
  });
  const rides = new Set<Promise<void>>();
  const checks: { readonly wish: RideWish; readonly check: () => Promise<void> }[] = [];
  const verify = async (wish: RideWish, check: () => Promise<void>): Promise<void> => {
    if (plan.verify === 'at-once') await check();
    else checks.push({ wish, check });
  };
  world.observations.begin();
  progress.begun();
  const startedAt = performance.now();
  const ending = AbortSignal.any([world.signal, plan.lastCall]);
  let wished = 0;
  for (const wish of plan.wishes) {
    if (plan.untilS !== undefined && wish.atS > plan.untilS) break;
    const dueAt = startedAt + (wish.atS * 1000) / world.speed;
    await sleepMs(Math.max(0, dueAt - performance.now()), ending);
    if (ending.aborted) break;
    wished += 1;
    progress.wished(wished);
    const ride = fulfil(world, riders, wish, verify).finally(() => rides.delete(ride));
    rides.add(ride);
  }
  await Promise.all(rides);
  await inParallel(checks, CHECKS_AT_ONCE, ({ check, wish }) =>
    check().catch((error: unknown) => {
      failed(world, wish, error);
    }),
  );
  plan.stop();
  await Promise.all([...driving, ...riders.all.map((rider) => rider.ended)]);
}
