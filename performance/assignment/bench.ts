// Sparse optimal assignment against the dense one of npm `munkres`, on the same instances. See README.md beside this file.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { assign, verifyDuals, type AssignmentProblem } from '@rideshare/dispatch';
import { cityById, createPointIndex, distanceM, type Point } from '@rideshare/geo';
import munkres from 'munkres';

const REQUESTS = 1_000;
const CANDIDATES = 20;
const ROUNDS = 5;
const WARM_UP = 500;
// one solve of ours is too short for a CPU clock of microseconds; a round is the mean of this many
const SOLVES_PER_ROUND = 50;

interface Instance {
  readonly name: string;
  readonly problem: AssignmentProblem;
  /** The same, dense: missing pairs at the penalty, which is above every real cost. */
  readonly matrix: number[][];
}

interface Figures {
  readonly instance: string;
  readonly cost: number;
  readonly pairs: number;
  readonly ours: Timing;
  readonly munkres: Timing;
  readonly ratioCpu: number;
  readonly ratioWall: number;
}

/** Milliseconds a solve, over the rounds. */
interface Timing {
  readonly cpuMs: Spread;
  readonly wallMs: Spread;
}

interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Mulberry32: small, seeded, good enough to scatter points. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Points in the service area of Porto: all over it, or four in five around twenty busy places. */
function scatter(random: () => number, count: number, centres: readonly Point[]): Point[] {
  const area = cityById('porto')?.serviceArea;
  if (!area) throw new Error('the benchmark needs the city of Porto');
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => {
    const centre = random() < 0.8 ? centres[Math.floor(random() * centres.length)] : undefined;
    // half a kilometre of standard deviation
    if (centre) return { lat: centre.lat + normal() * 0.0045, lng: centre.lng + normal() * 0.006 };
    return {
      lat: area.south + random() * (area.north - area.south),
      lng: area.west + random() * (area.east - area.west),
    };
  });
}

function makeInstance(where: string, seed: number, busyPlaces: number, driverCount: number): Instance {
  const random = randomFrom(seed);
  const centres = scatter(random, busyPlaces, []);
  const drivers = scatter(random, driverCount, centres);
  const requests = scatter(random, REQUESTS, centres);
  const index = createPointIndex<number>();
  for (const [column, driver] of drivers.entries()) index.set(column, driver);
  // whole centimetres, so that both sides add without rounding
  const costs = requests.map((request) =>
    index
      .nearest(request, { limit: CANDIDATES })
      .map(({ id, point }) => ({ column: id, cost: Math.round(distanceM(request, point) * 100) })),
  );
  const penalty = 1 + Math.max(...costs.flat().map(({ cost }) => cost));
  const matrix = costs.map((candidates) => {
    const row = new Array<number>(driverCount).fill(penalty);
    for (const { column, cost } of candidates) row[column] = cost;
    return row;
  });
  const rows = costs.map((candidates) => ({
    penalty,
    columns: candidates.map(({ column }) => column),
    costs: candidates.map(({ cost }) => cost),
  }));
  const name = `${String(REQUESTS)} x ${String(driverCount)}, ${String(CANDIDATES)} candidates, ${where}`;
  return { name, problem: { columns: driverCount, rows }, matrix };
}

/** Nothing is timed before both agree on the cost and on how many requests are really served. */
function gate({ name, problem, matrix }: Instance): { cost: number; pairs: number } {
  const penalty = problem.rows[0]?.penalty ?? 0;
  const ours = assign(problem);
  const violations = verifyDuals(problem, ours);
  if (violations.length > 0) throw new Error(`${name}: our solution is not proven: ${JSON.stringify(violations[0])}`);
  let cost = 0;
  let pairs = 0;
  for (const [row, column] of munkres(matrix)) {
    const value = matrix[row]?.[column] ?? NaN;
    cost += value;
    pairs += value < penalty ? 1 : 0;
  }
  if (cost !== ours.totalCost || pairs !== ours.pairs) {
    throw new Error(
      `${name}: munkres has cost ${String(cost)} and ${String(pairs)} pairs, ` +
        `ours ${String(ours.totalCost)} and ${String(ours.pairs)}`,
    );
  }
  return { cost, pairs };
}

interface Sample {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Time a solve takes by the clock, and of all threads of this process together: the second hardly feels its neighbours. */
function sample(solve: () => unknown, times: number): Sample {
  const start = performance.now();
  const before = process.cpuUsage();
  for (let time = 0; time < times; time += 1) solve();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1_000 / times, wallMs: (performance.now() - start) / times };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: sorted[Math.floor(sorted.length / 2)] ?? NaN,
    min: sorted[0] ?? NaN,
    max: sorted.at(-1) ?? NaN,
  };
}

function timingOf(samples: readonly Sample[]): Timing {
  return {
    cpuMs: spreadOf(samples.map(({ cpuMs }) => cpuMs)),
    wallMs: spreadOf(samples.map(({ wallMs }) => wallMs)),
  };
}

function measure(instance: Instance): Figures {
  const agreed = gate(instance);
  const solveOurs = (): unknown => assign(instance.problem);
  const solveTheirs = (): unknown => munkres(instance.matrix);
  sample(solveOurs, WARM_UP);
  sample(solveTheirs, 3);
  const ours: Sample[] = [];
  const theirs: Sample[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    theirs.push(sample(solveTheirs, 1));
    ours.push(sample(solveOurs, SOLVES_PER_ROUND));
  }
  const timing = { ours: timingOf(ours), munkres: timingOf(theirs) };
  return {
    instance: instance.name,
    ...agreed,
    ...timing,
    ratioCpu: timing.munkres.cpuMs.median / timing.ours.cpuMs.median,
    ratioWall: timing.munkres.wallMs.median / timing.ours.wallMs.median,
  };
}

function print(figures: readonly Figures[]): void {
  const shown = ({ median, min, max }: Spread): string => `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
  const row = (cells: readonly string[]): void => {
    console.log(`| ${cells.join(' | ')} |`);
  };
  row([
    'instance',
    'pairs',
    'ours, CPU ms',
    'munkres, CPU ms',
    'ratio, CPU',
    'ours, ms',
    'munkres, ms',
    'ratio, clock',
  ]);
  row(Array.from({ length: 8 }, () => '---'));
  for (const { instance, pairs, ours, munkres: theirs, ratioCpu, ratioWall } of figures) {
    row([
      instance,
      String(pairs),
      shown(ours.cpuMs),
      shown(theirs.cpuMs),
      `${ratioCpu.toFixed(0)}x`,
      shown(ours.wallMs),
      shown(theirs.wallMs),
      `${ratioWall.toFixed(0)}x`,
    ]);
  }
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model.trim(),
    cores: availableParallelism(),
    loadAverage: loadavg()[0],
  };
  console.log(JSON.stringify({ benchmark: 'assignment', machine, rounds: ROUNDS, figures }));
}

print(
  [
    makeInstance('busy places', 7, 20, 2_000),
    makeInstance('all over', 8, 0, 2_000),
    // as many drivers as requests: long paths, and some requests are left over
    makeInstance('all over, scarce', 9, 0, 1_000),
  ].map(measure),
);
