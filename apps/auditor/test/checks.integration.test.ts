import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemScheduler } from '@rideshare/kernel/system';
import { audit, countViolations } from '../src/audit.ts';
import type { Finding } from '../src/check.ts';
import { checks } from '../src/checks.ts';
import { fareRow } from './support/fare-row.ts';
import * as plants from './support/plants.ts';
import { openStage } from './support/stage.ts';
import type { Plant, Stage } from './support/stage.ts';

const { counts, dead, DRIVER, entry, history, id, journal, LONG_AGO, offer, offset, op, parked, payment } = plants;
const { record, slot, trip, TRIP, TRIP_2, waiting } = plants;
const active = { status: 'accepted', completed_at: null };
const amount = fareRow().fare_amount;
const accepted = { reason: 'accepted', offerId: plants.OFFER };
const slotChange = (sequence: number, epoch: number, data = {}) =>
  record('driver.events', `slot:${String(DRIVER)}`, sequence, 'driver.status_changed', { epoch, ...data });
const tripEvent = (sequence: number) => record('trip.events', `trip:${String(TRIP)}`, sequence, 'trip.changed');

const captureBooked = (minor: number) => [
  journal({ kind: 'capture', payment_id: plants.PAYMENT }),
  entry(1, minor),
  entry(2, -minor, 'EUR', { account: 'platform:revenue' }),
];
const refundBooked = (minor: number) => {
  const refund = { journal_id: id(60) };
  return [
    journal({ id: id(60), kind: 'refund', payment_id: plants.PAYMENT }),
    entry(1, -minor, 'EUR', refund),
    entry(2, minor, 'EUR', { ...refund, account: 'platform:revenue' }),
  ];
};

/** By check: rows that are as they should be, and rows that are not, with what is to be said about them. */
const cases: Readonly<
  Record<string, { good: readonly Plant[]; bad: readonly (readonly [readonly Plant[], RegExp])[] }>
> = {
  'one-active-trip': {
    good: [trip(active), trip({ id: TRIP_2 })],
    bad: [
      [[trip(active), trip({ ...active, id: TRIP_2, driver_id: id(50) })], /^rider .* is on the trips .*0001, .*0002$/],
      [[trip(active), trip({ ...active, id: TRIP_2, rider_id: id(50) })], /^driver .* is on the trips/],
    ],
  },
  'one-assignee': {
    good: [history(1, 'requested'), history(2, 'accepted')],
    bad: [[[history(2, 'accepted'), history(3, 'accepted')], /^trip .* was accepted 2 times$/]],
  },
  'slot-matches-trip': {
    good: [trip(active), slot()],
    bad: [
      [[slot()], /is assigned to it, and it has no such driver$/],
      [[trip(active)], /^trip .* its driver .* is not assigned to it$/],
      [[trip(active), slot({ offer_id: id(50) })], /is not assigned to it|has no such driver/],
    ],
  },
  'trip-history': {
    good: [
      trip({ version: 2, status: 'accepted' }),
      history(1, 'requested'),
      history(2, 'accepted', { driverId: DRIVER }),
    ],
    bad: [
      [[trip({ version: 1, status: 'requested' })], /the row is requested, its events say none$/],
      [[trip({ version: 1, status: 'accepted', driver_id: null }), history(1, 'accepted')], /not allowed from none/],
    ],
  },
  'offer-accepted-in-time': {
    good: [offer(), slotChange(1, 1, accepted)],
    bad: [
      [[offer({ ended_at: new Date() })], /^offer .* was accepted at .*, it expired at/],
      [[slotChange(1, 1, accepted), slotChange(5, 5, accepted)], /^offer .* was accepted 2 times$/],
    ],
  },
  'slot-epoch-rises': {
    good: [slotChange(1, 1), slotChange(2, 2), slotChange(1, 1)],
    bad: [
      [[slotChange(1, 1), slotChange(3, 3)], /epoch 3 follows 1$/],
      [[slotChange(1, 1), slotChange(2, 7)], /epoch 7 follows 1$/],
    ],
  },
  'trip-has-its-offer': {
    good: [trip(), offer()],
    bad: [
      [[trip()], /is unknown at the driver service$/],
      [[trip(), offer({ state: 'withdrawn' })], /is withdrawn at the driver service$/],
      [[trip(), offer({ driver_id: id(50) })], /is unknown at the driver service$/],
    ],
  },
  'fares-recompute': {
    good: [trip()],
    bad: [[[trip({ fare_amount: amount + 1 })], /^trip .* its fare is/]],
  },
  'journals-balance': {
    good: [journal(), entry(1, 900), entry(2, -700), entry(3, -200)],
    bad: [
      [[journal(), entry(1, 900), entry(2, -899)], /^journal .* sums to 1 EUR$/],
      [[journal(), entry(1, 900), entry(2, -900, 'USD')], /sums to -?900 (?:EUR|USD)$/],
      [[journal()], /has no entries$/],
    ],
  },
  'trial-balance': {
    good: [entry(1, 900), entry(2, -900)],
    bad: [[[entry(1, 900), entry(2, -899)], /^currency EUR all accounts sum to 1$/]],
  },
  'payments-booked': {
    good: [payment({ refunded: 100, refund_reserved: 100 }), ...captureBooked(amount), ...refundBooked(100)],
    bad: [
      [[payment()], /captured \d+ and refunded 0, the ledger says 0 and 0$/],
      [[payment(), ...captureBooked(amount - 1)], /captured \d+ and refunded 0, the ledger says \d+ and 0$/],
      [[payment({ refunded: 100 }), ...captureBooked(amount)], /refunded 100, the ledger says \d+ and 0$/],
      [[payment(), ...captureBooked(amount), ...refundBooked(100)], /refunded 0, the ledger says \d+ and 100$/],
    ],
  },
  'captured-once': {
    good: [payment(), op()],
    bad: [
      [[payment({ captured: amount + 1 })], /^payment .* authorized \d+, captured \d+/],
      [[payment({ refunded: 1 })], /refunded 1$/],
      [[payment(), payment({ id: id(50) })], /^trip .* has 2 payments$/],
      [[payment(), op(), op({ id: id(50) })], /^payment .* capture succeeded 2 times$/],
    ],
  },
  'charged-for-something': {
    good: [trip(), payment()],
    bad: [
      [[payment()], /for trip .*, which is unknown and owes 0$/],
      [[trip(), payment({ captured: amount - 1 })], /which is completed and owes \d+$/],
      [[trip({ status: 'cancelled', total_amount: null, fee_amount: 0 }), payment()], /which is cancelled and owes 0$/],
    ],
  },
  'ride-settled': {
    good: [trip(), payment()],
    bad: [
      [[trip()], /its payment is absent$/],
      [[trip(), payment({ status: 'authorized', captured: 0 })], /its payment is authorized$/],
    ],
  },
  'changes-published': {
    good: [trip({ version: 3 }), tripEvent(1), tripEvent(2), tripEvent(2), waiting('trip', `trip:${String(TRIP)}`, 3)],
    bad: [
      [[trip({ version: 2 }), tripEvent(1)], /^trip .* is at version 2, its events end at 1 \(1 of them\)$/],
      [[trip({ version: 3 }), tripEvent(1), tripEvent(3)], /its events end at 3 \(2 of them\)$/],
      [[trip({ version: 1 })], /its events end at 0 \(0 of them\)$/],
      [[payment({ version: 4 })], /^payment .* is at version 4/],
      [[slot({ epoch: 3 })], /^slot .* is at version 3/],
    ],
  },
  'order-per-stream': {
    good: [tripEvent(1), tripEvent(2), tripEvent(1), tripEvent(3)],
    bad: [
      [[tripEvent(2), tripEvent(1)], /sequence 1 follows 2$/],
      [[tripEvent(1), tripEvent(3)], /sequence 3 follows 1$/],
    ],
  },
  'consumers-add-up': {
    good: [counts(), offset(15, 5), parked(), dead()],
    bad: [
      [[counts({ applied: 5 }), offset(10), parked(), dead()], /^group trip consumed 10 of 10, told of 9;/],
      [[counts(), offset(11), parked(), dead()], /consumed 10 of 11, told of 10;/],
      [[counts(), parked(), dead()], /consumed 10 of 0,/],
      [[counts(), offset(10), dead()], /parked 1 of 0,/],
      [[counts(), offset(10), parked(), dead(), dead()], /dead 1 of 2$/],
    ],
  },
  'outboxes-drain': {
    good: [waiting('trip', 'trip:1', 1), waiting('user', 'user:1', 1)],
    bad: [[[waiting('payment', 'payment:1', 1, LONG_AGO)], /^event .* waits in the outbox of payment since/]],
  },
};

let bare: Stage;
let walled: Stage;

beforeAll(async () => {
  bare = await openStage({ walls: false });
  walled = await openStage({ walls: true });
}, 60_000);

afterAll(async () => {
  await bare.close();
  await walled.close();
});

function run(name: string, planted: readonly Plant[]): Promise<Finding> {
  const check = checks.find((each) => each.name === name);
  if (!check) throw new Error(`there is no check ${name}`);
  return bare.look(planted, (tx) => check.run(tx));
}

describe.each(Object.entries(cases))('%s', (name, { bad, good }) => {
  it('passes what is right, and has looked at it', async () => {
    const { checked, violations } = await run(name, good);
    expect(violations).toEqual([]);
    expect(checked).toBeGreaterThan(0);
  });

  it.each(bad.map(([planted, pattern]) => [pattern, planted] as const))('finds %p', async (pattern, planted) => {
    const { violations } = await run(name, planted);
    expect(violations.map(({ detail, subject }) => `${subject} ${detail}`)).toContainEqual(
      expect.stringMatching(pattern),
    );
    expect(violations.every(({ versions }) => typeof versions === 'string')).toBe(true);
  });
});

describe('a payment that cannot be charged', () => {
  it.each([
    ['is owed', payment({ status: 'failed', captured: 0, outstanding: amount })],
    ['is owed in part', payment({ captured: amount - 100, outstanding: 100 })],
    ['is in doubt', payment({ status: 'unknown', captured: 0 })],
  ])('%s, which is no violation', async (_name, planted) => {
    for (const name of ['ride-settled', 'charged-for-something']) {
      expect(await run(name, [trip(), planted])).toMatchObject({ violations: [] });
    }
  });

  it('has the time that its gateway may take', async () => {
    expect(await run('ride-settled', [trip({ completed_at: new Date() })])).toMatchObject({ violations: [] });
  });
});

describe('a log whose beginning is gone', () => {
  it('is judged by what is left of it', async () => {
    const partition: Plant = [
      'event_log.log_partitions',
      { topic: 'rideshare.trip.events', partition: 0, next: 9, first: 4 },
    ];
    expect(await run('changes-published', [partition, trip({ version: 2 })])).toMatchObject({ violations: [] });
    expect(await run('changes-published', [partition, trip({ version: 4 }), tripEvent(3), tripEvent(4)])).toMatchObject(
      {
        violations: [],
      },
    );
  });
});

describe('ledger-append-only', () => {
  const appendOnly = (stage: Stage, change?: string) =>
    stage.look([], async (tx) => {
      if (change !== undefined) await tx.query(change);
      return checks.find(({ name }) => name === 'ledger-append-only')?.run(tx);
    });

  it('passes the walls as they stand', async () => {
    expect(await appendOnly(walled)).toEqual({ checked: 4, violations: [] });
  });

  it.each([
    [
      'switched off',
      'alter table payment.ledger_entries disable trigger ledger_entries_append_only',
      'ledger_entries',
      'updating or deleting from',
    ],
    ['taken down', 'drop trigger ledger_journals_keep on payment.ledger_journals', 'ledger_journals', 'truncating'],
  ])('finds a wall that was %s', async (_name, change, table, what) => {
    expect(await appendOnly(walled, change)).toMatchObject({
      violations: [{ subject: `table payment.${table}`, detail: `nothing refuses ${what} it` }],
    });
  });
});

describe('the whole audit', () => {
  it('finds nothing where nothing has happened, and changes nothing', async () => {
    const reports = await audit({ database: walled.database, scheduler: systemScheduler, settleMs: 0 }, checks);
    expect(reports).toHaveLength(checks.length);
    expect(countViolations(reports)).toBe(0);
  });

  it('reads whole tables as they lie', async () => {
    const { rows } = await walled.database.query('show enable_seqscan');
    expect(rows).toEqual([{ enable_seqscan: 'on' }]);
  });

  it('cannot write', async () => {
    const [first] = checks;
    if (!first) throw new Error('there are no checks');
    const writing = {
      ...first,
      run: (tx: Parameters<typeof first.run>[0]) =>
        tx.query('delete from trip.trips').then(() => ({ checked: 0, violations: [] })),
    };
    await expect(
      audit({ database: walled.database, scheduler: systemScheduler, settleMs: 0 }, [writing]),
    ).rejects.toThrow(/read-only/);
  });

  it('has a planted violation for every check', () => {
    const planted = [...Object.keys(cases), 'ledger-append-only'].toSorted();
    expect(planted).toEqual(checks.map(({ name }) => name).toSorted());
  });
});
