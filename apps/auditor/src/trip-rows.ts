/** Trips with everything that is stored beside them, as the checks of a single trip read them. */
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

/** A row of `trip.trips` as JSON: times are text. */
export interface TripRow {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly rider_id: string;
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
  readonly accepted_at: string | null;
  readonly arrived_at: string | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly cancelled_at: string | null;
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

async function readBatch({ among, tx }: Look, after: string): Promise<readonly TripFile[]> {
  const { rows } = await tx.query<TripFile>(
    `with batch as (select * from trip.trips where id > $1 and ${among('trips', 'id')} order by id limit $2)
     select to_jsonb(batch) as row, coalesce(history.events, '[]') as events, quotes.inputs as quote,
       case when payments.id is not null then jsonb_build_object('goal', payments.goal, 'kind', payments.kind,
         'goal_amount', payments.goal_amount, 'share_driver', payments.share_driver,
         'share_booking_fee', payments.share_booking_fee, 'driver_id', payments.driver_id) end as payment
     from batch
     left join lateral (
       select jsonb_agg(jsonb_build_object('version', version, 'type', type, 'data', data) order by version) as events
       from trip.trip_events where trip_id = batch.id) history on true
     left join trip.quotes quotes on quotes.id = batch.quote_id
     left join payment.payments payments on payments.trip_id = batch.id
     order by batch.id`,
    [after, BATCH_TRIPS],
  );
  return rows;
}

/** A check of single trips: what it is, and how it judges one. */
export type TripCheck = Omit<Check, 'run'> & { readonly judge: Judge };

/** One reading of the trips serves every judge of them. */
async function judgeAll(look: Look, checks: readonly TripCheck[]): Promise<ReadonlyMap<string, Finding>> {
  const found = new Map<string, Violation[]>(checks.map(({ name }) => [name, []]));
  let checked = 0;
  for (let after: string | undefined = FIRST_ID; after !== undefined;) {
    const files = await readBatch(look, after);
    for (const file of files) {
      const { id, version } = file.row;
      for (const { judge, name } of checks) {
        const problems = judge(file).map((detail) => ({ subject: `trip ${id}`, detail, versions: String(version) }));
        found.get(name)?.push(...problems);
      }
    }
    checked += files.length;
    after = files.length < BATCH_TRIPS ? undefined : files.at(-1)?.row.id;
  }
  return new Map([...found].map(([name, violations]) => [name, { checked, violations }]));
}

/** Checks that judge each trip by itself, over one reading of all of them. */
export function makeTripChecks(checks: readonly TripCheck[]): readonly Check[] {
  return checks.map(({ judge: _judge, ...check }) => ({
    ...check,
    async run(look) {
      const findings = await look.once('trips', () => judgeAll(look, checks));
      return findings.get(check.name) ?? { checked: 0, violations: [] };
    },
  }));
}
