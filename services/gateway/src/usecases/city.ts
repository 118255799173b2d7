/**
 * What the development page shows: every driver and every trip under way, by number in place of their ids, and what has
 * become of the trips of the last hour. Changes are collected and handed out in batches.
 */
import type { Clock } from '@rideshare/kernel';

/** A place on the map. */
interface Place {
  readonly lat: number;
  readonly lng: number;
}

/** A driver's slot, as the map colours it. */
export type CityDriverState = 'offline' | 'available' | 'offered' | 'assigned';
/** Where a trip stands, as the map draws it. */
export type CityTripStatus = 'requested' | 'accepted' | 'arrived' | 'in_progress';
/** How a trip ended. */
export type CityTripEnd = 'completed' | 'cancelled' | 'expired';

interface CityDriver {
  readonly id: number;
  readonly lat: number;
  readonly lng: number;
  readonly state: CityDriverState;
}

interface CityTrip {
  readonly id: number;
  readonly status: CityTripStatus;
  readonly pickup: Place;
  readonly destination: Place;
  readonly driver: number | null;
}

/** What changed since the last batch; `reset` begins anew. */
export interface CityBatch {
  readonly reset: boolean;
  readonly drivers: readonly CityDriver[];
  readonly goneDrivers: readonly number[];
  readonly trips: readonly CityTrip[];
  readonly endedTrips: readonly { readonly id: number; readonly end: CityTripEnd }[];
  readonly lastHour: LastHour;
}

/** The trips that ended within the last hour, and how long riders waited for a driver to take them. */
export interface LastHour {
  readonly completed: number;
  readonly cancelled: number;
  readonly expired: number;
  readonly faresMinor: number;
  readonly currency: string;
  readonly medianWaitS: number | null;
}

interface KnownDriver extends CityDriver {
  readonly stateAtMs: number;
  readonly placeAtMs: number;
}

interface KnownTrip extends CityTrip {
  readonly requestedAtMs: number;
}

const HOUR_MS = 3_600_000;
/** A driver who has not been heard of for this long is not drawn any more. */
const SILENT_MS = 10 * 60_000;
const SAMPLES_MAX = 5_000;
const DECIMALS = 1e5; // a metre

const round = ({ lat, lng }: Place): Place => ({
  lat: Math.round(lat * DECIMALS) / DECIMALS,
  lng: Math.round(lng * DECIMALS) / DECIMALS,
});

const show = ({ id, lat, lng, state }: KnownDriver): CityDriver => ({ id, lat, lng, state });
const showTrip = ({ id, status, pickup, destination, driver }: KnownTrip): CityTrip => ({
  id,
  status,
  pickup,
  destination,
  driver,
});

/** See the head of this file. */
export class City {
  readonly #clock: Clock;
  readonly #drivers = new Map<string, KnownDriver>();
  readonly #numbers = new Map<string, number>();
  readonly #trips = new Map<string, KnownTrip>();
  readonly #ends: { readonly atMs: number; readonly end: CityTripEnd; readonly faresMinor: number }[] = [];
  readonly #waits: { readonly atMs: number; readonly waitS: number }[] = [];
  #changedDrivers = new Set<string>();
  #goneDrivers: number[] = [];
  #changedTrips = new Set<string>();
  #endedTrips: { readonly id: number; readonly end: CityTripEnd }[] = [];
  #currency = 'EUR';
  #tripNumber = 0;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** A driver was somewhere, or its slot changed; what is older than what is known is left out. */
  driverSeen(
    driverId: string,
    at: Date,
    seen: { readonly state: CityDriverState; readonly place?: Place | undefined },
  ): void {
    const known = this.#drivers.get(driverId);
    const atMs = at.getTime();
    const isNewState = atMs >= (known?.stateAtMs ?? 0);
    const state = isNewState ? seen.state : (known?.state ?? seen.state);
    const newPlace = atMs >= (known?.placeAtMs ?? 0) ? seen.place : undefined;
    const place = newPlace ? round(newPlace) : known;
    if (!place) return;
    this.#drivers.set(driverId, {
      id: this.#numberOf(driverId),
      lat: place.lat,
      lng: place.lng,
      state,
      stateAtMs: isNewState ? atMs : (known?.stateAtMs ?? atMs),
      placeAtMs: newPlace ? atMs : (known?.placeAtMs ?? atMs),
    });
    if (state === 'offline') this.#dropDriver(driverId);
    else this.#changedDrivers.add(driverId);
  }

  /** A rider asked for a ride. */
  tripRequested(tripId: string, at: Date, where: { readonly pickup: Place; readonly destination: Place }): void {
    this.#tripNumber += 1;
    const pickup = round(where.pickup);
    const destination = round(where.destination);
    const id = this.#tripNumber;
    this.#trips.set(tripId, {
      id,
      status: 'requested',
      pickup,
      destination,
      driver: null,
      requestedAtMs: at.getTime(),
    });
    this.#changedTrips.add(tripId);
  }

  /** A trip moved on. */
  tripMoved(tripId: string, at: Date, status: CityTripStatus, driverId: string): void {
    const trip = this.#trips.get(tripId);
    if (!trip) return;
    if (status === 'accepted') {
      this.#waits.push({ atMs: at.getTime(), waitS: Math.max(0, at.getTime() - trip.requestedAtMs) / 1_000 });
      if (this.#waits.length > SAMPLES_MAX) this.#waits.shift();
    }
    this.#trips.set(tripId, { ...trip, status, driver: this.#numberOf(driverId) });
    this.#changedTrips.add(tripId);
  }

  /** A trip is over. */
  tripEnded(
    tripId: string,
    at: Date,
    end: CityTripEnd,
    fare?: { readonly amount: number; readonly currency: string },
  ): void {
    this.#ends.push({ atMs: at.getTime(), end, faresMinor: fare?.amount ?? 0 });
    if (this.#ends.length > SAMPLES_MAX) this.#ends.shift();
    if (fare) this.#currency = fare.currency;
    const trip = this.#trips.get(tripId);
    if (!trip) return;
    this.#trips.delete(tripId);
    this.#changedTrips.delete(tripId);
    this.#endedTrips.push({ id: trip.id, end });
  }

  /** Everything, for somebody who has just come. */
  snapshot(): CityBatch {
    return {
      reset: true,
      drivers: [...this.#drivers.values()].map(show),
      goneDrivers: [],
      trips: [...this.#trips.values()].map(showTrip),
      endedTrips: [],
      lastHour: this.#lastHour(),
    };
  }

  /** What changed since the last call; `undefined` when nothing did. */
  takeBatch(): CityBatch | undefined {
    this.#dropSilent();
    const drivers = [...this.#changedDrivers].flatMap((id) => this.#drivers.get(id) ?? []).map(show);
    const trips = [...this.#changedTrips].flatMap((id) => this.#trips.get(id) ?? []).map(showTrip);
    const goneDrivers = this.#goneDrivers;
    const endedTrips = this.#endedTrips;
    this.#changedDrivers = new Set();
    this.#changedTrips = new Set();
    this.#goneDrivers = [];
    this.#endedTrips = [];
    if (drivers.length + trips.length + goneDrivers.length + endedTrips.length === 0) return undefined;
    return { reset: false, drivers, goneDrivers, trips, endedTrips, lastHour: this.#lastHour() };
  }

  #numberOf(driverId: string): number {
    const number = this.#numbers.get(driverId) ?? this.#numbers.size + 1;
    this.#numbers.set(driverId, number);
    return number;
  }

  #dropDriver(driverId: string): void {
    this.#drivers.delete(driverId);
    this.#changedDrivers.delete(driverId);
    this.#goneDrivers.push(this.#numberOf(driverId));
  }

  #dropSilent(): void {
    const before = this.#clock.now().getTime() - SILENT_MS;
    for (const [driverId, { placeAtMs, stateAtMs }] of this.#drivers) {
      if (Math.max(placeAtMs, stateAtMs) < before) this.#dropDriver(driverId);
    }
  }

  #lastHour(): LastHour {
    const since = this.#clock.now().getTime() - HOUR_MS;
    const recent = this.#ends.filter(({ atMs }) => atMs >= since);
    const count = (end: CityTripEnd) => recent.filter((each) => each.end === end).length;
    const waits = this.#waits.filter(({ atMs }) => atMs >= since).map(({ waitS }) => waitS);
    const median = waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)];
    return {
      completed: count('completed'),
      cancelled: count('cancelled'),
      expired: count('expired'),
      faresMinor: recent.reduce((sum, { faresMinor }) => sum + faresMinor, 0),
      currency: this.#currency,
      medianWaitS: median === undefined ? null : Math.round(median * 10) / 10,
    };
  }
}
