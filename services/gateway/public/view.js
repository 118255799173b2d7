/** Where the map looks: Web Mercator in a window that can be dragged and zoomed. */
const RADIANS = Math.PI / 180;
const ZOOM_MIN = 0.35;
const ZOOM_MAX = 24;

const mercatorX = (lng) => lng * RADIANS;
const mercatorY = (lat) => -Math.log(Math.tan(Math.PI / 4 + (lat * RADIANS) / 2));

/** A window on the map, which shows `home` when it is not told otherwise. */
export function createView(home) {
  const middle = {
    x: (mercatorX(home.west) + mercatorX(home.east)) / 2,
    y: (mercatorY(home.south) + mercatorY(home.north)) / 2,
  };
  const span = { x: mercatorX(home.east) - mercatorX(home.west), y: mercatorY(home.south) - mercatorY(home.north) };
  const view = { width: 1, height: 1, zoom: 1, x: middle.x, y: middle.y, version: 0 };
  const scale = () => Math.min(view.width / span.x, view.height / span.y) * view.zoom;
  const changed = () => {
    view.version += 1;
  };
  return {
    get version() {
      return view.version;
    },
    get width() {
      return view.width;
    },
    get height() {
      return view.height;
    },
    get zoom() {
      return view.zoom;
    },
    resize(width, height) {
      view.width = width;
      view.height = height;
      changed();
    },
    project(lat, lng) {
      const k = scale();
      return [(mercatorX(lng) - view.x) * k + view.width / 2, (mercatorY(lat) - view.y) * k + view.height / 2];
    },
    /** Pixels of a length on the ground. */
    metres(lengthM, lat) {
      return (lengthM / (6_371_000 * Math.cos(lat * RADIANS))) * scale();
    },
    drag(dx, dy) {
      view.x -= dx / scale();
      view.y -= dy / scale();
      changed();
    },
    /** Zooms around a point of the window, its middle by default. */
    zoomBy(factor, px = view.width / 2, py = view.height / 2) {
      const zoom = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, view.zoom * factor));
      const before = scale();
      view.zoom = zoom;
      const after = scale();
      view.x += (px - view.width / 2) * (1 / before - 1 / after);
      view.y += (py - view.height / 2) * (1 / before - 1 / after);
      changed();
    },
    home() {
      Object.assign(view, { zoom: 1, x: middle.x, y: middle.y });
      changed();
    },
  };
}

/** Lets mouse, fingers and keys move the view. */
export function steer(canvas, view) {
  const fingers = new Map();
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return a && b ? { d: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } : undefined;
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  });
  canvas.addEventListener('pointermove', (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const before = spread();
    fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    const after = spread();
    if (before && after) view.zoomBy(after.d / Math.max(1, before.d), after.x, after.y);
    else view.drag(event.offsetX - last.x, event.offsetY - last.y);
  });
  const lift = (event) => fingers.delete(event.pointerId);
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      view.zoomBy(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  const STEP = 60;
  const keys = {
    '+': () => view.zoomBy(1.4),
    '=': () => view.zoomBy(1.4),
    '-': () => view.zoomBy(1 / 1.4),
    0: () => view.home(),
    ArrowLeft: () => view.drag(STEP, 0),
    ArrowRight: () => view.drag(-STEP, 0),
    ArrowUp: () => view.drag(0, STEP),
    ArrowDown: () => view.drag(0, -STEP),
  };
  canvas.addEventListener('keydown', (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
}
