/** What is known of the city, and where everything is between two reports. */
const GLIDE_MIN_MS = 250;
const GLIDE_MAX_MS = 6_000;
/** How long the end of a trip is shown. */
export const FAREWELL_MS = 2_500;

export function createWorld() {
  const drivers = new Map();
  const trips = new Map();
  const farewells = [];
  let lastHour;

  const placeOf = (driver, now) => {
    const share = Math.min(1, (now - driver.fromMs) / driver.glideMs);
    return {
      lat: driver.from.lat + (driver.lat - driver.from.lat) * share,
      lng: driver.from.lng + (driver.lng - driver.from.lng) * share,
      isMoving: share < 1,
    };
  };

  const moveDriver = (seen, now) => {
    const known = drivers.get(seen.id);
    if (!known) {
      const from = { lat: seen.lat, lng: seen.lng };
      drivers.set(seen.id, { ...seen, from, fromMs: now, glideMs: 1, heading: -Math.PI / 2, movedMs: now });
      return;
    }
    known.state = seen.state;
    if (known.lat === seen.lat && known.lng === seen.lng) return;
    // it takes as long to get there as it took until we heard of it
    const place = placeOf(known, now);
    const glideMs = Math.min(GLIDE_MAX_MS, Math.max(GLIDE_MIN_MS, now - known.movedMs));
    const east = (seen.lng - place.lng) * Math.cos((seen.lat * Math.PI) / 180);
    const heading = Math.atan2(-(seen.lat - place.lat), east);
    Object.assign(known, { lat: seen.lat, lng: seen.lng, from: place, fromMs: now, glideMs, heading, movedMs: now });
  };

  return {
    drivers,
    trips,
    farewells,
    placeOf,
    get lastHour() {
      return lastHour;
    },
    apply(batch, now) {
      if (batch.reset) {
        const present = new Set(batch.drivers.map(({ id }) => id));
        for (const id of drivers.keys()) if (!present.has(id)) drivers.delete(id);
        trips.clear();
      }
      for (const seen of batch.drivers) moveDriver(seen, now);
      for (const id of batch.goneDrivers) drivers.delete(id);
      for (const trip of batch.trips) trips.set(trip.id, { ...trip, sinceMs: trips.get(trip.id)?.sinceMs ?? now });
      for (const { id, end } of batch.endedTrips) {
        const trip = trips.get(id);
        if (trip) farewells.push({ end, at: end === 'completed' ? trip.destination : trip.pickup, sinceMs: now });
        trips.delete(id);
      }
      while (farewells.length > 0 && now - farewells[0].sinceMs > FAREWELL_MS) farewells.shift();
      lastHour = batch.lastHour;
    },
    count() {
      const counts = { available: 0, offered: 0, assigned: 0, requested: 0, accepted: 0, arrived: 0, in_progress: 0 };
      for (const { state } of drivers.values()) counts[state] += 1;
      for (const { status } of trips.values()) counts[status] += 1;
      return counts;
    },
  };
}
