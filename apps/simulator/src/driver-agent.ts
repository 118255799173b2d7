import { randomUUID } from 'node:crypto';
import {
  changeTripStatus,
  declineOffer,
  listOffers,
  offerSnapshotSchema,
  rateTrip,
  reportLocation,
  setDriverStatus,
} from '@rideshare/contracts';
import { distanceM, moveTowards } from '@rideshare/geo';
import type { Point } from '@rideshare/geo';
import type { z } from 'zod';
import { randomStream } from '@rideshare/kernel';
import type { RandomStream } from '@rideshare/kernel';
import { ApiError } from './api.ts';
import { placeNear } from './demand.ts';
import { listen } from './live-stream.ts';
import type { Session } from './session.ts';
import { sleepCityS, sleepMs } from './world.ts';
import type { World } from './world.ts';

type Offer = z.output<typeof offerSnapshotSchema>;

/** Streets are longer than straight lines, and this is how fast cars get along them in town. */
const DETOUR = 1.3;
const SPEED_MPS = 7;
/** A driver who stands still says so this often; positions older than 120 s get no offers. */
const IDLE_REPORT_MS = 20_000;
/** Hints may be lost: how often a driver without work looks for itself. */
const LOOK_MS = 15_000;
const POINTS_PER_LEG = 4;
const REACTION_CITY_S = [2, 8] as const;
/** How long a driver waits for a rider who does not come. */
const NO_SHOW_CITY_S = 300;
/** Nobody waits less than this, however fast the city runs: the rider's code takes a round trip. */
const NO_SHOW_FLOOR_MS = 3_000;
/** Where every rider comes, a code that is late is a slow platform, and no reason to give the ride up. */
const PATIENCE_MS = 60_000;
const BOARDING_CITY_S = 30;

/** The trip is over for the driver, whatever it was about to do. */
class TripGone extends Error {}

/** One simulated driver. */
export class DriverAgent {
  readonly #world: World;
  readonly #session: Session;
  readonly #random: RandomStream;
  #position: Point;
  #offer: Offer | undefined;
  #wake: () => void = () => undefined;

  constructor(world: World, session: Session, index: number) {
    this.#world = world;
    this.#session = session;
    this.#random = randomStream(world.seed, 'driving', index);
    this.#position = placeNear(this.#random);
  }

  /** Works until the city stops, then goes offline. */
  async run(): Promise<void> {
    const { api, signal } = this.#world;
    await this.#report([this.#position]);
    await this.#goAvailable();
    const listening = listen(
      api,
      this.#session,
      (message) => {
        if (message.event === 'trip.offer') this.#onOffer(message.data);
      },
      signal,
      sleepMs,
    );
    // not all at once: a fleet that reports in step is a fleet that idles in step
    let reportAt = performance.now() + this.#random.between(0, IDLE_REPORT_MS);
    let lookAt = performance.now() + this.#random.between(0, LOOK_MS);
    while (!signal.aborted) {
      await this.#untilOffer(Math.max(0, Math.min(reportAt, lookAt) - performance.now()));
      const offer = this.#offer;
      this.#offer = undefined;
      if (offer) await this.#consider(offer);
      else if (performance.now() >= lookAt) await this.#lookForOffers();
      if (performance.now() >= reportAt) await this.#report([this.#position]);
      if (performance.now() >= reportAt) reportAt = performance.now() + IDLE_REPORT_MS;
      if (performance.now() >= lookAt) lookAt = performance.now() + LOOK_MS;
    }
    await listening;
    await this.#goOffline();
  }

  #onOffer(data: Readonly<Record<string, unknown>>): void {
    const offer = offerSnapshotSchema.safeParse(data);
    if (!offer.success) return;
    this.#world.observations.offered(offer.data.tripId);
    this.#offer = offer.data;
    this.#wake();
  }

  async #untilOffer(waitMs: number): Promise<void> {
    if (this.#offer) return;
    const woken = new AbortController();
    this.#wake = () => {
      woken.abort();
    };
    await sleepMs(waitMs, AbortSignal.any([this.#world.signal, woken.signal]));
  }

  async #lookForOffers(): Promise<void> {
    const { api } = this.#world;
    const params = { id: this.#session.userId };
    const { items } = await api.call(listOffers, { params, token: await this.#session.token() });
    const [offer] = items;
    if (offer) this.#onOffer(offer);
  }

  async #consider(offer: Offer): Promise<void> {
    const { behaviour } = this.#world;
    const mood = this.#random.next();
    await sleepCityS(this.#world, this.#random.between(...REACTION_CITY_S));
    try {
      if (mood < behaviour.ignores) return;
      if (mood < behaviour.ignores + behaviour.declines) await this.#decline(offer);
      else await this.#serve(offer);
    } catch (error) {
      if (!(error instanceof TripGone)) throw error;
    }
  }

  async #decline({ offerId, tripId }: Offer): Promise<void> {
    await this.#world.api
      .call(declineOffer, {
        params: { id: tripId, offerId },
        token: await this.#session.token(),
        idempotencyKey: randomUUID(),
      })
      .catch(tripGone);
  }

  async #serve(offer: Offer): Promise<void> {
    const { behaviour, observations, spokenCodes, signal, speed } = this.#world;
    await this.#step(offer, { status: 'accepted', offerId: offer.offerId });
    await this.#drive(offer.pickup);
    await this.#step(offer, { status: 'arrived' });
    const floorMs = behaviour.doesNotShow > 0 ? NO_SHOW_FLOOR_MS : PATIENCE_MS;
    const patienceMs = Math.max(floorMs, (NO_SHOW_CITY_S * 1000) / speed);
    const startCode = await spokenCodes.hear(offer.tripId, patienceMs, signal);
    if (signal.aborted) return;
    if (startCode === undefined) {
      await this.#step(offer, { status: 'cancelled', reason: 'rider_no_show' });
      return;
    }
    await sleepCityS(this.#world, BOARDING_CITY_S);
    await this.#step(offer, { status: 'in_progress', startCode });
    await this.#drive(offer.destination);
    const trip = await this.#step(offer, { status: 'completed' });
    if (trip.driverId !== this.#session.userId) {
      observations.contradict(`trip ${offer.tripId} was completed by its driver and names another one`);
    }
    if (this.#random.chance(this.#world.behaviour.rates)) await this.#rate(offer.tripId);
  }

  async #step(offer: Offer, body: Readonly<Record<string, unknown>>) {
    const { api } = this.#world;
    const params = { id: offer.tripId };
    const token = await this.#session.token();
    return api.call(changeTripStatus, { params, token, body, idempotencyKey: randomUUID() }).catch(tripGone);
  }

  async #rate(tripId: string): Promise<void> {
    await this.#world.api.call(rateTrip, {
      params: { id: tripId },
      token: await this.#session.token(),
      body: { stars: 4 + this.#random.integer(2) },
      idempotencyKey: randomUUID(),
    });
  }

  /** Drives there in a straight line, telling where it is on the way unless it loses its position. */
  async #drive(target: Point): Promise<void> {
    const { behaviour, signal } = this.#world;
    const lost = this.#random.chance(behaviour.losesGps);
    const wholeM = distanceM(this.#position, target);
    for (let leg = 1; leg <= POINTS_PER_LEG && !signal.aborted; leg += 1) {
      await sleepCityS(this.#world, (wholeM * DETOUR) / SPEED_MPS / POINTS_PER_LEG);
      this.#position = leg === POINTS_PER_LEG ? target : moveTowards(this.#position, target, wholeM / POINTS_PER_LEG);
      const last = leg === POINTS_PER_LEG;
      if (!lost && (last || this.#world.speed <= 60)) await this.#report([this.#position]);
    }
  }

  async #report(points: readonly Point[]): Promise<void> {
    const recordedAt = new Date().toISOString();
    await this.#world.api.call(reportLocation, {
      params: { id: this.#session.userId },
      token: await this.#session.token(),
      body: { points: points.map((point) => ({ lat: point.lat, lng: point.lng, recordedAt })) },
    });
  }

  async #goAvailable(): Promise<void> {
    await this.#world.api
      .call(setDriverStatus, {
        params: { id: this.#session.userId },
        token: await this.#session.token(),
        body: { status: 'available' },
        idempotencyKey: randomUUID(),
      })
      .catch((error: unknown) => {
        // an earlier run was killed during a ride; that ride's own deadlines free the slot
        if (!(error instanceof ApiError) || error.code !== 'DRIVER_ON_TRIP') throw error;
      });
  }

  async #goOffline(): Promise<void> {
    await this.#world.api
      .call(setDriverStatus, {
        params: { id: this.#session.userId },
        token: await this.#session.token(),
        body: { status: 'offline' },
        idempotencyKey: randomUUID(),
      })
      .catch((error: unknown) => {
        // a city that is stopped in the middle of a ride leaves its drivers on it
        if (!(error instanceof ApiError) || error.code !== 'DRIVER_ON_TRIP') throw error;
      });
  }
}

/** Refusals that tell a driver that there is nothing left to do; everything else is passed on. */
function tripGone(error: unknown): never {
  const gone = error instanceof ApiError && (error.status === 404 || error.status === 409);
  throw gone ? new TripGone(error.code) : error;
}
