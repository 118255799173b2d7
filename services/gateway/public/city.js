/** The development page: the moving city, counters and the health of the services. */
import { paintGround, paintTraffic, readColours } from './paint.js';
import { CENTRE } from './porto.js';
import { createView, steer } from './view.js';
import { createWorld } from './world.js';

const HEALTH_MS = 5_000;
const COUNT_MS = 250;

const element = (id) => document.getElementById(id);
const canvas = element('city');
const context = canvas.getContext('2d', { alpha: false });
const ground = document.createElement('canvas');
const world = createWorld();
const view = createView(CENTRE);
const dark = matchMedia('(prefers-color-scheme: dark)');
const calm = matchMedia('(prefers-reduced-motion: reduce)');
let colours = readColours();
let groundOf;
let countedMs = 0;

function show(id, text) {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}

function paintGroundOnce(ratio) {
  const look = `${view.version} ${ratio} ${dark.matches}`;
  if (groundOf === look) return;
  groundOf = look;
  ground.width = canvas.width;
  ground.height = canvas.height;
  const groundContext = ground.getContext('2d', { alpha: false });
  groundContext.scale(ratio, ratio);
  paintGround(groundContext, view, colours);
}

function showCounts() {
  const counts = world.count();
  for (const state of ['available', 'offered', 'assigned']) show(`drivers-${state}`, String(counts[state]));
  show('drivers-total', String(world.drivers.size));
  show('trips-total', String(world.trips.size));
  show('trips-requested', String(counts.requested));
  show('trips-coming', String(counts.accepted + counts.arrived));
  show('trips-riding', String(counts.in_progress));
  const { lastHour } = world;
  if (!lastHour) return;
  const money = new Intl.NumberFormat('en', { style: 'currency', currency: lastHour.currency });
  show('hour-fares', money.format(lastHour.faresMinor / 100));
  for (const end of ['completed', 'cancelled', 'expired']) show(`hour-${end}`, String(lastHour[end]));
  show('hour-wait', lastHour.medianWaitS === null ? '–' : `${lastHour.medianWaitS.toFixed(1)} s`);
  const still = element('still');
  still.hidden = world.drivers.size > 0;
  show('still', 'No drivers yet. The simulator sends some, unless it was left out with SIMULATE=0.');
}

function frame(now) {
  const ratio = Math.min(2, devicePixelRatio);
  paintGroundOnce(ratio);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(ground, 0, 0);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  paintTraffic(context, view, colours, world, now, calm.matches);
  if (now - countedMs > COUNT_MS) {
    countedMs = now;
    showCounts();
  }
  requestAnimationFrame(frame);
}

function watchFeed() {
  const feed = element('feed');
  const tell = (state, text) => {
    feed.dataset.state = state;
    feed.textContent = text;
  };
  const source = new EventSource('/dev/city');
  source.addEventListener('message', ({ data }) => {
    world.apply(JSON.parse(data), performance.now());
    tell('live', 'live');
  });
  source.addEventListener('error', () => tell('lost', 'reconnecting'));
}

async function showHealth() {
  let services = [{ name: 'gateway', status: 'unhealthy' }];
  try {
    const response = await fetch('/health');
    const { status, checks } = await response.json();
    const own = { name: 'gateway', status: status === 'unhealthy' ? status : 'healthy' };
    services = [own, ...checks.external_apis];
  } catch {
    // no answer is an answer: the gateway is shown as what it is
  }
  const items = services.map(({ name, status }) => {
    const item = document.createElement('li');
    item.dataset.status = status;
    item.textContent = name.replace('_', ' ');
    item.title = status;
    return item;
  });
  element('services').replaceChildren(...items);
  setTimeout(showHealth, HEALTH_MS);
}

new ResizeObserver(([entry]) => {
  const { width, height } = entry.contentRect;
  const ratio = Math.min(2, devicePixelRatio);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  view.resize(width, height);
}).observe(canvas);
dark.addEventListener('change', () => {
  colours = readColours();
});
element('zoom-in').addEventListener('click', () => view.zoomBy(1.4));
element('zoom-out').addEventListener('click', () => view.zoomBy(1 / 1.4));
element('zoom-reset').addEventListener('click', () => view.home());
steer(canvas, view);
watchFeed();
void showHealth();
requestAnimationFrame(frame);
