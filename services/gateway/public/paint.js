/** Draws the city: the ground once per look, what moves once per frame. */
import { CITY, COAST, PLACES, RIVER, RIVER_WIDTH_M } from './porto.js';
import { FAREWELL_MS } from './world.js';

const COLOURS = [
  'paper',
  'sheet',
  'ink',
  'quiet',
  'line',
  'water',
  'water-ink',
  'grid',
  'available',
  'offered',
  'assigned',
  'requested',
];
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const GRID_DEG = 0.02;
const NAMED_FROM_ZOOM = 0.75;
const PULSE_MS = 1_800;

/** The page's colours as they are now, in light or in dark. */
export function readColours() {
  const style = window.getComputedStyle(document.documentElement);
  return Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** A soft line through the middles of the legs; nature has no corners. */
function path(context, view, points) {
  const projected = points.map(([lat, lng]) => view.project(lat, lng));
  context.beginPath();
  context.moveTo(...projected[0]);
  for (const [index, [x, y]] of projected.entries()) {
    const next = projected[index + 1];
    if (next) context.quadraticCurveTo(x, y, (x + next[0]) / 2, (y + next[1]) / 2);
    else context.lineTo(x, y);
  }
}

function paintWater(context, view, colours) {
  context.fillStyle = colours.water;
  path(context, view, COAST);
  context.lineTo(...view.project(COAST.at(-1)[0], -9.4));
  context.lineTo(...view.project(COAST[0][0], -9.4));
  context.fill();
  context.strokeStyle = colours.water;
  context.lineJoin = 'round';
  context.lineCap = 'round';
  context.lineWidth = Math.max(2.5, view.metres(RIVER_WIDTH_M, 41.14));
  path(context, view, RIVER);
  context.stroke();
}

function paintGrid(context, view, colours) {
  context.strokeStyle = colours.grid;
  context.lineWidth = 1;
  context.beginPath();
  for (let lat = CITY.south; lat <= CITY.north + 1e-9; lat += GRID_DEG) {
    context.moveTo(...view.project(lat, CITY.west));
    context.lineTo(...view.project(lat, CITY.east));
  }
  for (let lng = CITY.west; lng <= CITY.east + 1e-9; lng += GRID_DEG) {
    context.moveTo(...view.project(CITY.south, lng));
    context.lineTo(...view.project(CITY.north, lng));
  }
  context.stroke();
}

function paintArea(context, view, colours) {
  const [left, top] = view.project(CITY.north, CITY.west);
  const [right, bottom] = view.project(CITY.south, CITY.east);
  context.setLineDash([6, 6]);
  context.strokeStyle = colours.quiet;
  context.lineWidth = 1;
  context.strokeRect(left, top, right - left, bottom - top);
  context.setLineDash([]);
}

function paintNames(context, view, colours) {
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineWidth = 3;
  context.strokeStyle = colours.paper;
  for (const { name, at, rank } of PLACES) {
    if (rank > 1 && view.zoom < NAMED_FROM_ZOOM) continue;
    const [x, y] = view.project(...at);
    context.font = rank === 1 ? `600 14px ${FONT}` : `12px ${FONT}`;
    context.fillStyle = colours.quiet;
    context.strokeText(name, x, y);
    context.fillText(name, x, y);
  }
  context.font = `italic 13px ${FONT}`;
  context.fillStyle = colours['water-ink'];
  context.fillText('Atlantic', ...view.project(41.162, -8.7015));
  context.fillText('Douro', ...view.project(41.1476, -8.654));
}

function paintScale(context, view, colours) {
  const lengths = [100, 200, 500, 1_000, 2_000, 5_000, 10_000];
  const lengthM = lengths.findLast((each) => view.metres(each, 41.15) <= 130) ?? lengths[0];
  const width = view.metres(lengthM, 41.15);
  const right = view.width - 20;
  const y = view.height - 22;
  context.strokeStyle = colours.quiet;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(right - width, y - 5);
  context.lineTo(right - width, y);
  context.lineTo(right, y);
  context.lineTo(right, y - 5);
  context.stroke();
  context.fillStyle = colours.quiet;
  context.font = `12px ${FONT}`;
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  context.fillText(lengthM >= 1_000 ? `${lengthM / 1_000} km` : `${lengthM} m`, right - 4, y - 4);
}

/** Everything that stands still. */
export function paintGround(context, view, colours) {
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, view.width, view.height);
  paintGrid(context, view, colours);
  paintWater(context, view, colours);
  paintArea(context, view, colours);
  paintNames(context, view, colours);
  paintScale(context, view, colours);
}

function paintTrip(context, view, colours, trip, driverPlace) {
  const pickup = view.project(trip.pickup.lat, trip.pickup.lng);
  const destination = view.project(trip.destination.lat, trip.destination.lng);
  const isRiding = trip.status === 'in_progress';
  const from = driverPlace ? view.project(driverPlace.lat, driverPlace.lng) : pickup;
  context.strokeStyle = colours.assigned;
  context.lineWidth = isRiding ? 2 : 1.5;
  context.globalAlpha = isRiding ? 0.5 : 0.55;
  context.setLineDash(isRiding ? [] : [4, 5]);
  if (trip.status !== 'requested') {
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...(isRiding ? destination : pickup));
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (isRiding) {
    context.fillStyle = colours.assigned;
    context.fillRect(destination[0] - 3, destination[1] - 3, 6, 6);
  }
}

function paintRider(context, view, colours, trip, now, isCalm) {
  const [x, y] = view.project(trip.pickup.lat, trip.pickup.lng);
  if (trip.status === 'requested' && !isCalm) {
    const pulse = ((now - trip.sinceMs) % PULSE_MS) / PULSE_MS;
    context.strokeStyle = colours.requested;
    context.globalAlpha = (1 - pulse) * 0.8;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(x, y, 5 + pulse * 13, 0, Math.PI * 2);
    context.stroke();
    context.globalAlpha = 1;
  }
  context.fillStyle = colours.requested;
  context.strokeStyle = colours.sheet;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, trip.status === 'requested' ? 5 : 4, 0, Math.PI * 2);
  context.fill();
  context.stroke();
}

function paintDriver(context, colours, state, heading, x, y, size) {
  context.beginPath();
  if (state === 'assigned') {
    const [cos, sin] = [Math.cos(heading), Math.sin(heading)];
    const turn = (along, across) => [x + (along * cos - across * sin) * size, y + (along * sin + across * cos) * size];
    context.moveTo(...turn(9, 0));
    context.lineTo(...turn(-6, -6));
    context.lineTo(...turn(-3, 0));
    context.lineTo(...turn(-6, 6));
    context.closePath();
    context.fillStyle = colours.assigned;
    context.strokeStyle = colours.sheet;
    context.lineWidth = 1.2;
  } else {
    context.arc(x, y, (state === 'offered' ? 6 : 4.6) * size, 0, Math.PI * 2);
    context.fillStyle = state === 'offered' ? colours.offered : colours.sheet;
    context.strokeStyle = state === 'offered' ? colours.sheet : colours.available;
    context.lineWidth = state === 'offered' ? 1.5 : 2.4;
  }
  context.fill();
  context.stroke();
}

function paintFarewell(context, view, colours, farewell, now) {
  const age = (now - farewell.sinceMs) / FAREWELL_MS;
  if (age > 1) return;
  const [x, y] = view.project(farewell.at.lat, farewell.at.lng);
  context.globalAlpha = 1 - age;
  context.strokeStyle = farewell.end === 'completed' ? colours.available : colours.quiet;
  context.lineWidth = 2;
  context.beginPath();
  if (farewell.end === 'completed') context.arc(x, y, 4 + age * 16, 0, Math.PI * 2);
  else {
    context.moveTo(x - 5, y - 5);
    context.lineTo(x + 5, y + 5);
    context.moveTo(x + 5, y - 5);
    context.lineTo(x - 5, y + 5);
  }
  context.stroke();
  context.globalAlpha = 1;
}

/** Where the driver of a trip is heading, in the window. */
function courseOf(view, trip, place, fallback) {
  if (!trip) return fallback;
  const target = trip.status === 'in_progress' ? trip.destination : trip.pickup;
  const [x, y] = view.project(place.lat, place.lng);
  const [targetX, targetY] = view.project(target.lat, target.lng);
  const isThere = Math.hypot(targetX - x, targetY - y) < 3;
  return isThere ? fallback : Math.atan2(targetY - y, targetX - x);
}

/** Everything that moves. */
export function paintTraffic(context, view, colours, world, now, isCalm) {
  const places = new Map();
  for (const [id, driver] of world.drivers) places.set(id, world.placeOf(driver, now));
  const tripOf = new Map([...world.trips.values()].map((trip) => [trip.driver, trip]));
  for (const trip of world.trips.values()) paintTrip(context, view, colours, trip, places.get(trip.driver));
  for (const farewell of world.farewells) paintFarewell(context, view, colours, farewell, now);
  for (const trip of world.trips.values()) {
    if (trip.status !== 'in_progress') paintRider(context, view, colours, trip, now, isCalm);
  }
  // from far away many share little room
  const size = Math.min(1, 0.45 + view.zoom * 0.55);
  for (const [id, driver] of world.drivers) {
    const place = places.get(id);
    const [x, y] = view.project(place.lat, place.lng);
    if (x < -20 || y < -20 || x > view.width + 20 || y > view.height + 20) continue;
    paintDriver(context, colours, driver.state, courseOf(view, tripOf.get(id), place, driver.heading), x, y, size);
  }
}
