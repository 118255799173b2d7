import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemScheduler } from '@rideshare/kernel/system';
import { fakeClock } from '@rideshare/testing';
import fc from 'fast-check';
import { plantCity } from '../../../performance/auditor/plant.ts';
import { audit } from '../src/audit.ts';
import type { CheckReport } from '../src/audit.ts';
import { firstIdAt } from '../src/changes.ts';
import { checks } from '../src/checks.ts';
import { createRounds } from '../src/rounds.ts';
import { openStage } from './support/stage.ts';
import type { Stage } from './support/stage.ts';

const TRIPS = 60;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ walls: true });
  await stage.database.transaction((tx) => plantCity((text, values) => tx.query(text, values ?? []), TRIPS));
}, 120_000);

afterAll(async () => {
  await stage.close();
});

const deps = () => ({ database: stage.database, scheduler: systemScheduler, settleMs: 0 });
const told = (reports: readonly CheckReport[]) =>
  reports.flatMap(({ check, violations }) =>
    violations.map(({ detail, subject }) => `${check.name}: ${subject} ${detail}`),
  );

/** Ids made now, as the services make them. */
let made = 0;
const freshId = () => {
  made += 1;
  return `${firstIdAt(new Date()).slice(0, 24)}${String(made).padStart(12, '0')}`;
};
const aTrip = (n: number, condition = 'true') =>
  `(select id from trip.trips where ${condition} order by id offset ${String(n)} limit 1)`;
const completed = "status = 'completed'";
const append = (type: string, key: string, envelope: string) => `
  with place as (
    select coalesce((select partition from event_log.records where topic = 'rideshare.trip.events' and key = ${key} limit 1), 0) as partition
  ), taken as (
    update event_log.log_partitions set next = next + 1 from place
    where topic = 'rideshare.trip.events' and log_partitions.partition = place.partition returning log_partitions.partition, next)
  insert into event_log.records (topic, partition, log_offset, key, type, event_id, headers, envelope)
  select 'rideshare.trip.events', partition, next - 1, ${key}, '${type}', '${freshId()}', '{}', ${envelope} from taken`;

/** Things that no service does, each as a service that has lost a guard would do it. */
const mistakes: Readonly<Record<string, (n: number) => string>> = {
  'a fare changes': (n) =>
    `update trip.trips set fare_amount = fare_amount + 1, changed_at = clock_timestamp() where id = ${aTrip(n)}`,
  'a trip changes without an event': (n) =>
    `update trip.trips set version = version + 1, changed_at = clock_timestamp() where id = ${aTrip(n)}`,
  'an event is kept without a change': (n) => `
    insert into trip.trip_events (trip_id, version, event_id, type, at, data)
    select id, version + 1, '${freshId()}', 'started', clock_timestamp(), '{"type": "started"}' from trip.trips where id = ${aTrip(n)}`,
  'a journal does not balance': (n) => `
    with added as (insert into payment.ledger_journals (id, op_id, payment_id, kind)
      select '${freshId()}', gen_random_uuid(), id, 'capture' from payment.payments where trip_id = ${aTrip(n)} returning id)
    insert into payment.ledger_entries (journal_id, line, account, amount, currency) select id, 1, 'platform:commission', 5, 'EUR' from added`,
  'more is captured': (n) => `
    update payment.payments set captured = captured + 1, authorized = authorized + 1, updated_at = clock_timestamp()
    where trip_id = ${aTrip(n, completed)}`,
  'a slot changes without an event': () =>
    `update driver.driver_slots set epoch = epoch + 1, changed_at = clock_timestamp()
     where driver_id = (select driver_id from driver.driver_slots order by driver_id limit 1)`,
  'an event is left out of the log': (n) =>
    append(
      'trip.rated',
      `${aTrip(n, completed)}::text`,
      `jsonb_build_object('stream', 'trip:' || ${aTrip(n, completed)}, 'sequence', 9, 'version', 1, 'type', 'trip.rated', 'data', '{}'::jsonb)`,
    ),
  'an event is told of nothing': () =>
    append(
      'trip.expired',
      `'nobody'`,
      `jsonb_build_object('stream', 'trip:${freshId()}', 'sequence', 1, 'version', 1, 'data', '{}'::jsonb)`,
    ),
  'a suspended account keeps its session': (n) => `
    with suspended as (update "user".accounts set status = 'suspended', updated_at = clock_timestamp()
      where id = (select rider_id from trip.trips order by id offset ${String(n)} limit 1) returning id)
    insert into "user".sessions (id, account_id, opened_at, refreshed_at, expires_at)
    select '${freshId()}', id, clock_timestamp(), clock_timestamp(), clock_timestamp() + interval '1 day' from suspended`,
  'an answer is kept without its effect': () => `
    insert into trip.idempotency_keys (principal, route, key, payload_hash, status, token, lease_until, seed, at, response)
    values ('user:1', 'requestTrip', '${freshId()}', 'h', 'done', gen_random_uuid(), clock_timestamp(), 's', clock_timestamp(),
      jsonb_build_object('status', 201, 'body', jsonb_build_object('id', '${freshId()}')))`,
  'an address leaves in a header': () => `
    insert into "user".outbox (key_hash, topic, key, type, event_id, headers, envelope)
    values (1, 'user.events', 'k', 'user.updated', '${freshId()}', '{"to": "pat@example.com"}', '{"stream": "message:1", "sequence": 1}')`,
  'an event counts twice': () =>
    `update driver.driver_tallies set completed = completed + 1
     where driver_id = (select driver_id from driver.driver_tallies order by driver_id limit 1)`,
};

function make(mistake: string, n: number): Promise<unknown> {
  return stage.database.transaction(async (tx) => {
    await tx.query(`set local session_replication_role = 'replica'`);
    await tx.query(mistakes[mistake]?.(n) ?? '');
  });
}

describe('a city whose services keep their promises', () => {
  it('has nothing for any check to find, and every check of its stores has looked at something', async () => {
    const { reports } = await audit(deps(), checks);
    expect(told(reports)).toEqual([]);
    const idle = reports.filter(({ checked }) => checked === 0).map(({ check }) => check.name);
    expect(idle).toEqual(
      expect.not.arrayContaining([
        'trip-is-its-events',
        'fares-recompute',
        'journals-balance',
        'changes-published',
        'order-per-stream',
      ]),
    );
  }, 60_000);
});

describe('an audit of what has changed', () => {
  it('finds whatever an audit of everything finds of the changes since the last one', async () => {
    const someMistakes = fc.uniqueArray(
      fc.tuple(fc.constantFrom(...Object.keys(mistakes)), fc.nat({ max: TRIPS / 2 })),
      { minLength: 1, maxLength: 4, selector: ([mistake]) => mistake },
    );
    await fc.assert(
      fc.asyncProperty(someMistakes, async (chosen) => {
        const before = await audit(deps(), checks);
        for (const [mistake, n] of chosen) await make(mistake, n);
        const changed = told((await audit(deps(), checks, before)).reports);
        const known = new Set(told(before.reports));
        const news = told((await audit(deps(), checks)).reports).filter((violation) => !known.has(violation));
        expect(news.length).toBeGreaterThan(0);
        const seen = new Set(changed);
        expect(news.filter((violation) => !seen.has(violation))).toEqual([]);
      }),
      // what was planted stays: a smaller case would not be one
      { numRuns: 8, endOnFailure: true },
    );
  }, 240_000);

  it('looks at little where little has changed', async () => {
    const before = await audit(deps(), checks);
    const { reports } = await audit(deps(), checks, before);
    const judged = reports.find(({ check }) => check.name === 'order-per-stream');
    expect(judged?.checked).toBe(0);
  }, 60_000);
});

describe('rounds', () => {
  it('look at everything first, then at what has changed, at what stands again, and at everything now and then', async () => {
    const clock = fakeClock();
    const rounds = createRounds({ ...deps(), clock, fullIntervalMs: 60_000 }, checks);
    const first = await rounds.next();
    expect(first.isFull).toBe(true);
    clock.advance(30_000);
    const second = await rounds.next();
    expect(second.isFull).toBe(false);
    // what was found before and does not change any more still stands
    expect(told(second.reports).toSorted()).toEqual(told(first.reports).toSorted());
    clock.advance(30_000);
    expect((await rounds.next()).isFull).toBe(true);
  }, 120_000);
});
