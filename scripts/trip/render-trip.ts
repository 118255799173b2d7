/** An entry of a trip's timeline, as the platform tells it. */
export interface TimelineEntry {
  readonly at: string;
  readonly kind: string;
  readonly type: string;
  readonly traceId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An amount of money. */
interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** What is printed about one trip. */
export interface TripStory {
  readonly trip: {
    readonly id: string;
    readonly status: string;
    readonly version: number;
    readonly riderId: string;
    readonly driverId: string | null;
    readonly vehicleClass: string;
    readonly fare: Money;
  };
  readonly payments: readonly {
    readonly id: string;
    readonly status: string;
    readonly captured: Money;
    readonly refunded: Money;
    readonly method: { readonly kind: string };
  }[];
  readonly timeline: readonly TimelineEntry[];
}

/** A line of a service's log that belongs to the trip. */
export interface LogLine {
  readonly timestamp: string;
  readonly level: string;
  readonly service: string;
  readonly message: string;
}

function isMoney(value: unknown): value is Money {
  return typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;
}

function showMoney({ amount, currency }: Money): string {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
  return `${(amount / 10 ** (digits ?? 0)).toFixed(digits)} ${currency}`;
}

function showValue(value: unknown): string {
  if (isMoney(value) && typeof value.amount === 'number') return showMoney(value);
  if (Array.isArray(value)) return `[${value.map(showValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value).map(showValue).join(' ');
}

/** What the columns before it say already, or nothing. */
const TOLD = new Set(['at', 'type', 'kind']);

function showData(data: Readonly<Record<string, unknown>>): string {
  return Object.entries(data)
    .filter(([name, value]) => !TOLD.has(name) && value !== null)
    .map(([name, value]) => `${name}=${showValue(value)}`)
    .join(' ');
}

/** The story of a trip for people: who, how much, and what happened when, seconds counted from its first entry. */
export function renderTrip({ payments, timeline, trip }: TripStory, logs: readonly LogLine[] = []): string {
  const lines = [
    `trip      ${trip.id}  ${trip.status}, version ${String(trip.version)}`,
    `rider     ${trip.riderId}`,
    `driver    ${trip.driverId ?? 'none'}`,
    `fare      ${showMoney(trip.fare)}, ${trip.vehicleClass}`,
    ...payments.map(
      ({ captured, id, method, refunded, status }) =>
        `payment   ${id}  ${status} (${method.kind}), captured ${showMoney(captured)}, refunded ${showMoney(refunded)}`,
    ),
    '',
  ];
  const startMs = Date.parse(timeline[0]?.at ?? '');
  const typeWidth = Math.max(0, ...timeline.map(({ type }) => type.length));
  for (const { at, data, kind, traceId, type } of timeline) {
    const offset = `+${((Date.parse(at) - startMs) / 1_000).toFixed(3)}`.padStart(10);
    lines.push(
      `${offset}  ${kind.padEnd(12)}  ${type.padEnd(typeWidth)}  ${traceId ?? '-'.padEnd(32)}  ${showData(data)}`,
    );
  }
  if (logs.length > 0) lines.push('', 'log lines of its traces:');
  for (const { level, message, service, timestamp } of logs) {
    lines.push(`${timestamp}  ${level.padEnd(5)}  ${service.padEnd(12)}  ${message}`);
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
