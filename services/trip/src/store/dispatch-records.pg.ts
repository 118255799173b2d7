import type { Database } from '@rideshare/postgres';
import type { DispatchRecords, OfferRecord } from '../usecases/ports.ts';

/** Stands for the drivers that are not kept one by one. */
const SEVERAL_DRIVERS = '00000000-0000-0000-0000-000000000000';

interface OfferRow {
  readonly offer_id: string;
  readonly trip_id: string;
  readonly driver_id: string;
  readonly pickup_eta_s: number;
  readonly made_at: Date;
}

interface OpenOfferRow extends Pick<OfferRow, 'offer_id' | 'trip_id' | 'driver_id'> {
  readonly expires_at: Date;
}

/** One statement for each batch, whatever its size. */
export function createPgDispatchRecords(database: Database): DispatchRecords {
  return {
    planOffers: async (offers) => {
      if (offers.length === 0) return;
      await database.query(
        `insert into dispatch_offers (offer_id, trip_id, driver_id, pickup_eta_s, made_at)
         select "offerId", "tripId", "driverId", "pickupEtaS", "madeAt" from jsonb_to_recordset($1::jsonb)
           as planned ("offerId" uuid, "tripId" uuid, "driverId" uuid, "pickupEtaS" integer, "madeAt" timestamptz)
         on conflict (offer_id) do nothing`,
        [JSON.stringify(offers)],
        { name: 'offers_plan' },
      );
    },
    settleOffers: async (verdicts) => {
      if (verdicts.length === 0) return;
      await database.query(
        `update dispatch_offers set outcome = verdict.outcome, reason = verdict.reason, expires_at = verdict."expiresAt"
         from jsonb_to_recordset($1::jsonb)
           as verdict ("offerId" uuid, outcome text, reason text, "expiresAt" timestamptz)
         where dispatch_offers.offer_id = verdict."offerId"`,
        [JSON.stringify(verdicts)],
        { name: 'offers_settle' },
      );
    },
    openOffers: async (tripIds) => {
      const { rows } = await database.query<OpenOfferRow>(
        `select offer_id, trip_id, driver_id, expires_at from dispatch_offers
         where trip_id = any ($1::uuid[]) and outcome = 'reserved' and expires_at > clock_timestamp()`,
        [tripIds],
        { name: 'offers_open' },
      );
      return rows.map((row) => ({
        offerId: row.offer_id,
        tripId: row.trip_id,
        driverId: row.driver_id,
        expiresAt: row.expires_at.toISOString(),
      }));
    },
    findOffer: async (offerId) => {
      const { rows } = await database.query<OfferRow>(
        'select offer_id, trip_id, driver_id, pickup_eta_s, made_at from dispatch_offers where offer_id = $1',
        [offerId],
        { name: 'offer_find' },
      );
      return rows[0] && offerFromRow(rows[0]);
    },
    saveVerdicts: async (verdicts) => {
      if (verdicts.length === 0) return;
      const rows = verdicts.map((verdict) => ({ ...verdict, driverId: verdict.driverId ?? SEVERAL_DRIVERS }));
      await database.query(SAVE_VERDICTS, [JSON.stringify(rows)], { name: 'verdicts_save' });
    },
  };
}

// sorted, so that two dispatchers that overlap for a moment lock the rows in one order
const SAVE_VERDICTS = `
  insert into dispatch_verdicts as held (trip_id, driver_id, gate, detail, times, first_at, last_at)
  select "tripId", "driverId", gate, detail, times, "firstAt", "lastAt" from jsonb_to_recordset($1::jsonb)
    as verdict ("tripId" uuid, "driverId" uuid, gate text, detail jsonb, times integer,
      "firstAt" timestamptz, "lastAt" timestamptz)
  order by "tripId", "driverId", gate
  on conflict (trip_id, driver_id, gate) do update
    set detail = excluded.detail, times = held.times + excluded.times, last_at = excluded.last_at`;

function offerFromRow(row: OfferRow): OfferRecord {
  return {
    offerId: row.offer_id,
    tripId: row.trip_id,
    driverId: row.driver_id,
    pickupEtaS: row.pickup_eta_s,
    madeAt: row.made_at.toISOString(),
  };
}
