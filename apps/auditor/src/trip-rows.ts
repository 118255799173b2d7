/** Trips with everything that is stored beside them, as the checks of a single trip read them. */
import type { Queryable } from '@rideshare/postgres';
import type { FareLine, VehicleClass } from '@rideshare/pricing';
import type { Check, Finding, Violation } from './check.ts';
import type { Look } from './look.ts';

/** Trips read at a time: bounds memory, not the check. */
const BATCH_TRIPS = 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** What happened to a trip, as its store has kept it. */
export interface HistoryEvent {
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The inputs of the quote that a trip was requested with. */
export interface QuoteCopy {
  readonly riderId?: string;
  readonly distanceM?: number;
  readonly durationS?: number;
  readonly surgeBasisPoints?: number;
  readonly tariffVersion?: string;
}

/** A moment, as a row or as an event tells it. */
export type Moment = Date | string;

/** A row of `trip.trips`. */
export interface TripRow {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly rider_id: string;
  readonly quote_id: string;
  readonly vehicle_class: VehicleClass;
  readonly distance_m: number;
  readonly duration_s: number;
  readonly surge_basis_points: number;
  readonly tariff_version: string;
  readonly policy_version: string;
  readonly currency: string;
  readonly fare_amount: number;
  readonly breakdown: readonly FareLine[];
  readonly lines: readonly FareLine[] | null;
  readonly total_amount: number | null;
  readonly accepted_at: Moment | null;
  readonly arrived_at: Moment | null;
  readonly started_at: Moment | null;
  readonly completed_at: Moment | null;
  readonly cancelled_at: Moment | null;
  readonly cancelled_from: 'requested' | 'accepted' | 'arrived' | 'in_progress' | null;
  readonly cancelled_by: 'rider' | 'driver' | 'system' | 'admin' | null;
  readonly cancel_reason: string | null;
  readonly fee_amount: number | null;
  readonly driver_id: string | null;
  readonly [column: string]: unknown;
}

/** A trip, its history, its quote while that is kept, and how its payment divides what it costs. */
export interface TripFile {
  readonly row: TripRow;
  readonly events: readonly HistoryEvent[];
  readonly quote: QuoteCopy | null;
  readonly payment: PaymentShares | null;
}

/** What a payment was told to take, and for whom. */
export interface PaymentShares {
  readonly goal: string;
  readonly kind: string;
  readonly goal_amount: number;
  readonly share_driver: number;
  readonly share_booking_fee: number;
  readonly driver_id: string | null;
}

/** What is wrong with one trip, one line each; empty when nothing is. */
export type Judge = (file: TripFile) => readonly string[];

/** What of a table belongs to a batch, by the id that it is looked up by. */
async function read<Row extends { readonly owner: string }>(tx: Queryable, text: string, ids: readonly string[]) {
  const { rows } = await tx.query<Row>(text, [ids]);
  return Map.groupBy(rows, ({ owner }) => owner);
}

/** Each table by itself and by its keys: the rows are put together here, which is cheaper than as JSON over there. */
async function readBatch({ among, tx }: Look, after: string): Promise<readonly TripFile[]> {
  const { rows } = await tx.query<TripRow>(
    `select * from trip.trips where id > $1 and ${among('trips', 'id')} order by id limit $2`,
    [after, BATCH_TRIPS],
  );
  const ids = rows.map(({ id }) => id);
  const events = await read<HistoryEvent & { owner: string }>(
    tx,
    `select trip_id as owner, version, type, data from trip.trip_events where trip_id = any ($1::uuid[]) order by trip_id, version`,
    ids,
  );
  const quotes = await read<{ owner: string; inputs: QuoteCopy }>(
    tx,
    `select id as owner, inputs from trip.quotes where id = any ($1::uuid[])`,
    rows.map(({ quote_id: quoteId }) => quoteId),
  );
  const payments = await read<PaymentShares & { owner: string }>(
    tx,
    `select trip_id as owner, goal, kind, goal_amount, share_driver, share_booking_fee, driver_id
     from payment.payments where trip_id = any ($1::uuid[])`,
    ids,
  );
  return rows.map((row) => ({
    row,
    events: events.get(row.id) ?? [],
    quote: quotes.get(row.quote_id)?.[0]?.inputs ?? null,
    payment: payments.get(row.id)?.[0] ?? null,
  }));
}

/** A check of single trips: what it is, and how it judges one. */
export type TripCheck = Omit<Check, 'run'> & { readonly judge: Judge };

/** One reading of the trips serves every judge of them. */
async function judgeAll(look: Look, checks: readonly TripCheck[]): Promise<ReadonlyMap<string, Finding>> {
  const found = new Map<string, Violation[]>(checks.map(({ name }) => [name, []]));
  let checked = 0;
  const batchAfter = (last: string) => readBatch(look, last);
  for (let reading: Promise<readonly TripFile[]> | undefined = batchAfter(FIRST_ID); reading;) {
    const files: readonly TripFile[] = await reading;
    const last = files.at(-1)?.row.id;
    // the database reads the next batch while this one is judged
    reading = last !== undefined && files.length === BATCH_TRIPS ? batchAfter(last) : undefined;
    for (const file of files) {
      const { id, version } = file.row;
      for (const { judge, name } of checks) {
        for (const detail of judge(file))
          found.get(name)?.push({ subject: `trip ${id}`, detail, versions: String(version) });
      }
    }
    checked += files.length;
  }
  return new Map([...found].map(([name, violations]) => [name, { checked, violations }]));
}

/** Checks that judge each trip by itself, over one reading of all of them. */
export function makeTripChecks(checks: readonly TripCheck[]): readonly Check[] {
  return checks.map(({ judge: _judge, ...check }) => ({
    ...check,
    side: 'rows',
    async run(look) {
      const findings = await look.once('trips', () => judgeAll(look, checks));
      return findings.get(check.name) ?? { checked: 0, violations: [] };
    },
  }));
}
