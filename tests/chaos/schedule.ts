import { readFileSync } from 'node:fs';
import { randomStream, toError } from '@rideshare/kernel';
import { z } from 'zod';
import { usageError } from '../../scripts/cli.ts';
import { SERVICES } from '../../scripts/dev/layout.ts';

const HOLD_MAX_S = 60;
const AT_MAX_S = 24 * 60 * 60;

const atS = z.number().min(0).max(AT_MAX_S);
const target = z.enum(SERVICES);
const forS = z.number().positive().max(HOLD_MAX_S);

const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ atS, kind: z.literal('kill'), target }),
  z.strictObject({ atS, kind: z.literal('stop'), target, forS }),
  z.strictObject({ atS, kind: z.literal('restart'), target }),
  z.strictObject({ atS, kind: z.literal('kill_backends'), target }),
  z.strictObject({ atS, kind: z.literal('crash_postgres') }),
  z.strictObject({ atS, kind: z.literal('full_disk'), forS }),
]);

const scheduleSchema = z.strictObject({
  seed: z.int().min(0).max(999_999_999),
  /** Wishes for a ride, per city minute. */
  rate: z.number().positive().max(1_000),
  faults: z.array(faultSchema).min(1),
});

/** One thing that is done to the platform, so many seconds after the city began. */
export type Fault = z.infer<typeof faultSchema>;
/** What can be done to the platform. */
export type FaultKind = Fault['kind'];
/** All that a round needs to be the same again. */
export type Schedule = z.infer<typeof scheduleSchema>;

/**
 * The schedule in a text.
 *
 * @throws A usage error that names each thing which is wrong, and where it stands.
 */
export function parseSchedule(text: string, name: string): Schedule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw usageError(`${name} is no JSON: ${toError(error).message}`);
  }
  const parsed = scheduleSchema.safeParse(value);
  if (parsed.success) return { ...parsed.data, faults: parsed.data.faults.toSorted((a, b) => a.atS - b.atS) };
  const problems = parsed.error.issues.map(({ message, path }) => `/${path.map(String).join('/')}: ${message}`);
  throw usageError(`${name} is no schedule: ${problems.join('; ')}`);
}

/** The schedule in a file. */
export function readSchedule(file: string): Schedule {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`${file} cannot be read: ${toError(error).message}`);
  }
  return parseSchedule(text, file);
}

/** Seconds between one fault and the next. */
const PAUSE_S = [2, 7] as const;
const STOP_S = [1, 20] as const;
const FULL_DISK_S = [3, 10] as const;
/** Of a hundred faults. */
const SHARES: readonly (readonly [FaultKind, number])[] = [
  ['kill', 55],
  ['stop', 17],
  ['kill_backends', 13],
  ['restart', 7],
  ['crash_postgres', 6],
  ['full_disk', 2],
];

const rounded = (seconds: number) => Number(seconds.toFixed(1));

function drawKind(draw: number): FaultKind {
  let left = draw * 100;
  for (const [kind, share] of SHARES) {
    left -= share;
    if (left < 0) return kind;
  }
  return 'kill';
}

/** The schedule that a seed makes: the same seed makes the same one. */
export function makeSchedule({
  minutes,
  rate,
  seed,
}: {
  readonly minutes: number;
  readonly rate: number;
  readonly seed: number;
}): Schedule {
  const random = randomStream(seed, 'chaos');
  const faults: Fault[] = [];
  for (let now = random.between(...PAUSE_S); now < minutes * 60; now += random.between(...PAUSE_S)) {
    const kind = drawKind(random.next());
    const at = { atS: rounded(now) };
    const service = SERVICES[random.integer(SERVICES.length)] ?? 'trip';
    if (kind === 'crash_postgres') faults.push({ ...at, kind });
    else if (kind === 'full_disk') faults.push({ ...at, kind, forS: rounded(random.between(...FULL_DISK_S)) });
    else if (kind === 'stop') faults.push({ ...at, kind, target: service, forS: rounded(random.between(...STOP_S)) });
    else faults.push({ ...at, kind, target: service });
  }
  return { seed, rate, faults };
}

/** Whether nothing is done but what a deploy does: then nobody may be kept waiting. */
export function isRolling({ faults }: Schedule): boolean {
  return faults.every(({ kind }) => kind === 'restart');
}
