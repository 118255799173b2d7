/**
 * A few lines to find one's way by, drawn by hand to some hundreds of metres: the coast, the river and well-known places.
 * They are a picture and decide nothing. Points are [lat, lng].
 */
export const CITY = { name: 'Porto', south: 40.98, west: -8.8, north: 41.4, east: -8.35 };

/** What the first look shows. */
export const CENTRE = { south: 41.112, west: -8.712, north: 41.2, east: -8.545 };

/** From north to south. */
export const COAST = [
  [41.46, -8.776],
  [41.4, -8.781],
  [41.368, -8.765],
  [41.341, -8.749],
  [41.318, -8.742],
  [41.288, -8.733],
  [41.262, -8.726],
  [41.236, -8.721],
  [41.21, -8.715],
  [41.189, -8.711],
  [41.182, -8.703],
  [41.174, -8.691],
  [41.166, -8.689],
  [41.158, -8.684],
  [41.151, -8.678],
  [41.146, -8.671],
  [41.14, -8.6705],
  [41.128, -8.6675],
  [41.112, -8.662],
  [41.092, -8.658],
  [41.068, -8.655],
  [41.044, -8.65],
  [41.008, -8.646],
  [40.975, -8.652],
  [40.92, -8.662],
];

/** From the sea upstream, along the middle of the water. */
export const RIVER = [
  [41.1445, -8.673],
  [41.1472, -8.66],
  [41.1478, -8.648],
  [41.1468, -8.638],
  [41.1442, -8.627],
  [41.1408, -8.617],
  [41.1398, -8.61],
  [41.1412, -8.602],
  [41.1408, -8.592],
  [41.1415, -8.583],
  [41.1432, -8.575],
  [41.1412, -8.566],
  [41.1345, -8.559],
  [41.1265, -8.5535],
  [41.1215, -8.545],
  [41.1165, -8.534],
  [41.1085, -8.527],
  [41.0985, -8.522],
  [41.0895, -8.515],
  [41.081, -8.503],
  [41.0735, -8.489],
  [41.066, -8.471],
  [41.062, -8.45],
  [41.066, -8.428],
  [41.06, -8.4],
  [41.066, -8.37],
  [41.06, -8.32],
];
/** How wide the water is drawn: about what it is between the bridges. */
export const RIVER_WIDTH_M = 260;

/** `rank` 1 is always named, 2 from a closer look on. */
export const PLACES = [
  { name: 'Porto', at: [41.1496, -8.611], rank: 1 },
  { name: 'Gaia', at: [41.1235, -8.6115], rank: 1 },
  { name: 'Matosinhos', at: [41.1835, -8.682], rank: 1 },
  { name: 'Maia', at: [41.2325, -8.621], rank: 1 },
  { name: 'Gondomar', at: [41.1445, -8.532], rank: 1 },
  { name: 'Valongo', at: [41.1885, -8.4985], rank: 1 },
  { name: 'Espinho', at: [41.0075, -8.641], rank: 1 },
  { name: 'Vila do Conde', at: [41.3517, -8.7445], rank: 1 },
  { name: 'Airport', at: [41.242, -8.6785], rank: 1 },
  { name: 'Foz', at: [41.1535, -8.672], rank: 2 },
  { name: 'Boavista', at: [41.158, -8.629], rank: 2 },
  { name: 'Campanhã', at: [41.149, -8.5855], rank: 2 },
  { name: 'Paranhos', at: [41.173, -8.604], rank: 2 },
  { name: 'Antas', at: [41.1625, -8.587], rank: 2 },
];
