import { randomUUID } from 'node:crypto';
import { changeTripStatus, createQuote, getTrip, rateTrip, requestTrip } from '@rideshare/contracts';
import type { tripSchema } from '@rideshare/contracts';
import type { z } from 'zod';
import { randomStream, toError } from '@rideshare/kernel';
import type { RandomStream } from '@rideshare/kernel';
import { ApiError } from './api.ts';
import type { RideWish } from './demand.ts';
import { listen } from './live-stream.ts';
import type { Session } from './session.ts';
import { sleepMs } from './world.ts';
import type { World } from './world.ts';

type Trip = z.output<typeof tripSchema>;

/** Hints may be lost: how often a waiting rider looks for itself. */
const LOOK_MS = 5_000;
/** Longest a request may stay without a driver: search, offer and sweep, by the platform's own bounds. */
const SEARCH_BOUND_MS = 195_000;
const CANCEL_BEFORE_CITY_S = [5, 60] as const;
const CANCEL_AFTER_CITY_S = [5, 90] as const;

/** What a rider is going to do, drawn before anything happens. */
interface Plan {
  readonly sendsTwice: boolean;
  readonly showsUp: boolean;
  readonly cancelsBeforeMs: number | undefined;
  readonly cancelsAfterMs: number | undefined;
}

/** How a wish ended, with the trip if there was one. */
export interface Ride {
  readonly ending: 'completed' | 'cancelled' | 'expired' | 'refused' | 'unfinished';
  readonly trip?: Trip;
}

const ENDS: ReadonlySet<string> = new Set(['completed', 'cancelled', 'expired']);

function drawPlan(world: World, random: RandomStream): Plan {
  const { behaviour, speed } = world;
  const ms = (range: readonly [number, number]) => (random.between(...range) * 1000) / speed;
  return {
    sendsTwice: random.chance(behaviour.sendsTwice),
    cancelsBeforeMs: random.chance(behaviour.cancelsBeforeMatch) ? ms(CANCEL_BEFORE_CITY_S) : undefined,
    cancelsAfterMs: random.chance(behaviour.cancelsAfterMatch) ? ms(CANCEL_AFTER_CITY_S) : undefined,
    showsUp: !random.chance(behaviour.doesNotShow),
  };
}

/** One simulated rider; takes one ride after the other. */
export class RiderAgent {
  readonly session: Session;
  readonly #world: World;
  readonly #listening: Promise<void>;
  #hint: { readonly tripId: string; readonly status: string } | undefined;
  #wake: () => void = () => undefined;

  constructor(world: World, session: Session) {
    this.#world = world;
    this.session = session;
    this.#listening = listen(
      world.api,
      session,
      ({ data, event }) => {
        if (event !== 'trip.updated' || typeof data['tripId'] !== 'string' || typeof data['status'] !== 'string')
          return;
        this.#hint = { tripId: data['tripId'], status: data['status'] };
        this.#wake();
      },
      world.signal,
      sleepMs,
    );
  }

  /** Resolves when the rider has stopped listening. */
  get ended(): Promise<void> {
    return this.#listening;
  }

  /** Has one wish fulfilled, or not. */
  async ride(wish: RideWish): Promise<Ride> {
    const random = randomStream(this.#world.seed, 'ride', wish.index);
    const plan = drawPlan(this.#world, random);
    const trip = await this.#request(wish, plan);
    if (!trip) return { ending: 'refused' };
    try {
      return await this.#follow(trip, plan, random);
    } catch (error) {
      this.#world.observations.contradict(`trip ${trip.id} cannot be followed: ${toError(error).message}`);
      return { ending: 'unfinished', trip };
    }
  }

  async #request(wish: RideWish, plan: Plan): Promise<Trip | undefined> {
    const { api, observations } = this.#world;
    try {
      const token = await this.session.token();
      const places = { pickup: wish.pickup, destination: wish.destination };
      const quote = await api.call(createQuote, { token, body: places, idempotencyKey: randomUUID() });
      const body = { quoteId: quote.id, vehicleClass: 'economy' };
      const idempotencyKey = randomUUID();
      const send = () => api.call(requestTrip, { token, body, idempotencyKey });
      const [trip, again] = await Promise.all([send(), plan.sendsTwice ? send() : undefined]);
      if (again && again.id !== trip.id) observations.contradict(`one key made two trips: ${trip.id} and ${again.id}`);
      const fare = quote.options.find(({ vehicleClass }) => vehicleClass === trip.vehicleClass)?.fare;
      if (fare?.amount !== trip.fare.amount)
        observations.contradict(`trip ${trip.id} costs another fare than its quote`);
      observations.requested(trip.id);
      return trip;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500 || error.status === 401) throw error;
      observations.refuse(error.code);
      return undefined;
    }
  }

  async #follow(requested: Trip, plan: Plan, random: RandomStream): Promise<Ride> {
    const { observations, signal, spokenCodes } = this.#world;
    const requestedAt = performance.now();
    let trip = requested;
    let acceptedAt: number | undefined;
    let spoken = false;
    while (!ENDS.has(trip.status)) {
      if (signal.aborted) return { ending: 'unfinished', trip };
      const cancelAt =
        acceptedAt === undefined
          ? plan.cancelsBeforeMs && requestedAt + plan.cancelsBeforeMs
          : plan.cancelsAfterMs && acceptedAt + plan.cancelsAfterMs;
      if (cancelAt !== undefined && performance.now() >= cancelAt && trip.status !== 'in_progress') {
        trip = await this.#cancel(trip);
        continue;
      }
      const leftMs = cancelAt === undefined ? LOOK_MS : Math.min(LOOK_MS, cancelAt - performance.now());
      const status = await this.#untilHint(trip, Math.max(0, leftMs));
      if (status === 'accepted' && acceptedAt === undefined) {
        acceptedAt = performance.now();
        observations.waited((acceptedAt - requestedAt) / 1000);
      }
      const needsLook = status === undefined || status === 'arrived' || ENDS.has(status);
      if (needsLook) trip = await this.#look(trip);
      if (trip.status === 'arrived' && trip.startCode !== undefined && plan.showsUp && !spoken) {
        spoken = true;
        spokenCodes.say(trip.id, trip.startCode);
      }
      if (trip.status === 'requested' && performance.now() - requestedAt > SEARCH_BOUND_MS) {
        observations.contradict(`trip ${trip.id} is still without a driver and has not expired`);
        return { ending: 'unfinished', trip };
      }
    }
    if (trip.status === 'completed' && random.chance(this.#world.behaviour.rates)) await this.#rate(trip, random);
    return { ending: trip.status as 'completed' | 'cancelled' | 'expired', trip };
  }

  /** The status that the next hint about the trip tells; `undefined` when none came in time. */
  async #untilHint(trip: Trip, waitMs: number): Promise<string | undefined> {
    const take = (): string | undefined => {
      const hint = this.#hint;
      this.#hint = undefined;
      return hint?.tripId === trip.id && hint.status !== trip.status ? hint.status : undefined;
    };
    const known = take();
    if (known !== undefined) return known;
    const woken = new AbortController();
    this.#wake = () => {
      woken.abort();
    };
    await sleepMs(waitMs, AbortSignal.any([this.#world.signal, woken.signal]));
    return take();
  }

  async #look(known: Trip): Promise<Trip> {
    const trip = await this.#world.api.call(getTrip, { params: { id: known.id }, token: await this.session.token() });
    if (trip.version < known.version) {
      this.#world.observations.contradict(
        `trip ${trip.id} went back from version ${String(known.version)} to ${String(trip.version)}`,
      );
    }
    return trip;
  }

  async #cancel(trip: Trip): Promise<Trip> {
    const token = await this.session.token();
    const body = { status: 'cancelled', reason: 'changed_my_mind' };
    try {
      return await this.#world.api.call(changeTripStatus, {
        params: { id: trip.id },
        token,
        body,
        idempotencyKey: randomUUID(),
      });
    } catch (error) {
      // the ride began, or ended, in the meantime
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      return this.#look(trip);
    }
  }

  async #rate(trip: Trip, random: RandomStream): Promise<void> {
    const token = await this.session.token();
    const body = { stars: 3 + random.integer(3), tags: ['on time'] };
    await this.#world.api.call(rateTrip, { params: { id: trip.id }, token, body, idempotencyKey: randomUUID() });
  }
}
