import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemScheduler } from '@rideshare/kernel/system';
import { audit, countViolations } from '../src/audit.ts';
import { idsOf } from '../src/check.ts';
import type { Finding } from '../src/check.ts';
import { checks } from '../src/checks.ts';
import { parseJournal } from '../src/journal.ts';
import { cases } from './support/cases.ts';
import * as plants from './support/plants.ts';
import { openStage } from './support/stage.ts';
import type { Plant, Stage } from './support/stage.ts';

const { AMOUNT, payment, record, trip, TRIP } = plants;
const tripEvent = (sequence: number) => record('trip.events', `trip:${String(TRIP)}`, sequence, 'trip.changed');

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

function checkNamed(name: string) {
  const check = checks.find((each) => each.name === name);
  if (!check) throw new Error(`there is no check ${name}`);
  return check;
}

function run(name: string, planted: readonly Plant[], lines?: readonly object[]): Promise<Finding> {
  const journal = lines && parseJournal(lines.map((line) => JSON.stringify(line)).join('\n'));
  return bare.look(planted, (look) => checkNamed(name).run(look), { journal });
}

describe.each(Object.entries(cases))('%s', (name, { bad, good, rule }) => {
  it('belongs to its rule', () => {
    expect(checkNamed(name).rule).toBe(rule);
  });

  it('passes what is right, and has looked at it', async () => {
    const { checked, violations } = await run(name, good.plants, good.journal);
    expect(violations).toEqual([]);
    expect(checked).toBeGreaterThan(0);
  });

  it.each(bad.map((each) => [each.finds, each] as const))(
    'finds %p and who it is',
    async (finds, { journal, plants: planted }) => {
      const { violations } = await run(name, planted, journal);
      const told = violations.map(({ detail, subject }) => `${subject} ${detail}`);
      expect(told).toContainEqual(expect.stringMatching(finds));
      for (const violation of violations) {
        expect(idsOf(violation).length).toBeGreaterThan(0);
        expect(typeof violation.versions).toBe('string');
      }
    },
  );
});

describe('a payment that cannot be charged', () => {
  it.each([
    ['is owed', payment({ status: 'failed', captured: 0, outstanding: AMOUNT })],
    ['is owed in part', payment({ captured: AMOUNT - 100, outstanding: 100 })],
    ['is in doubt', payment({ status: 'unknown', captured: 0 })],
  ])('%s, which is no violation', async (_name, planted) => {
    for (const name of ['ride-settled', 'charged-for-something']) {
      expect(await run(name, [trip(), planted])).toMatchObject({ violations: [] });
    }
  });

  it('has the time that its gateway may take', async () => {
    const justNow = trip({ completed_at: new Date(), due_at: null });
    expect(await run('ride-settled', [justNow, payment({ status: 'authorized' })])).toMatchObject({ violations: [] });
  });
});

describe('a log whose beginning is gone', () => {
  const partition: Plant = [
    'event_log.log_partitions',
    { topic: 'rideshare.trip.events', partition: 0, next: 9, first: 4 },
  ];

  it('is judged by what is left of it', async () => {
    expect(await run('changes-published', [partition, trip({ version: 2 })])).toMatchObject({ violations: [] });
    const rest = [partition, trip({ version: 4 }), tripEvent(3), tripEvent(4)];
    expect(await run('changes-published', rest)).toMatchObject({ violations: [] });
    expect(await run('order-per-stream', rest)).toMatchObject({ violations: [] });
  });
});

describe.each([
  ['ledger-append-only', 4, 'payment.ledger_entries', 'ledger_entries_append_only', 'updating or deleting from'],
  ['ledger-append-only', 4, 'payment.ledger_journals', 'ledger_journals_keep', 'truncating'],
  ['operators-record-append-only', 2, 'user.account_audit', 'account_audit_append_only', 'truncating'],
])('%s', (name, checked, table, trigger, what) => {
  const quoted = table.replace('user.', '"user".');
  const look = (change?: string) =>
    walled.look([], async (view, tx) => {
      if (change !== undefined) await tx.query(change);
      return checkNamed(name).run(view);
    });

  it('passes the walls as they stand', async () => {
    expect(await look()).toEqual({ checked, violations: [] });
  });

  it.each([
    ['switched off', `alter table ${quoted} disable trigger ${trigger}`],
    ['taken down', `drop trigger ${trigger} on ${quoted}`],
  ])('finds a wall that was %s', async (_name, change) => {
    expect((await look(change)).violations).toContainEqual({
      ...{ subject: `table ${table}`, detail: `nothing refuses ${what} it`, versions: '' },
    });
  });
});

describe('walls-stand', () => {
  it('passes the walls as they stand', async () => {
    const { violations } = await walled.look([], (look) => checkNamed('walls-stand').run(look));
    expect(violations).toEqual([]);
  });

  it.each([
    [
      'trip.timeline_entries',
      'alter table trip.timeline_entries drop constraint timeline_entries_pkey',
      'trip_id, event_id, type',
    ],
    ['trip.trips', 'drop index trip.trips_one_open_per_rider', 'rider_id'],
    ['driver.inbox', 'alter table driver.inbox drop constraint inbox_pkey', 'group_name, event_id'],
  ])('finds one of %s that is gone', async (table, change, columns) => {
    const { violations } = await walled.look([], async (look, tx) => {
      await tx.query(change);
      return checkNamed('walls-stand').run(look);
    });
    expect(violations).toEqual([
      { subject: `table ${table}`, detail: `nothing keeps ${columns} unique`, versions: '' },
    ]);
  });
});

describe('the whole audit', () => {
  const deps = () => ({ database: walled.database, scheduler: systemScheduler, settleMs: 0 });

  it('finds nothing where nothing has happened, and changes nothing', async () => {
    const { reports } = await audit(deps(), checks);
    expect(reports).toHaveLength(checks.length);
    expect(countViolations(reports)).toBe(0);
  });

  it('reads whole tables as they lie', async () => {
    const { rows } = await walled.database.query('show enable_seqscan');
    expect(rows).toEqual([{ enable_seqscan: 'on' }]);
  });

  it('cannot write', async () => {
    const writing = {
      ...checkNamed('trips-end'),
      run: ({ tx }: Parameters<ReturnType<typeof checkNamed>['run']>[0]) =>
        tx.query('delete from trip.trips').then(() => ({ checked: 0, violations: [] })),
    };
    await expect(audit(deps(), [writing])).rejects.toThrow(/read-only/);
  });

  it('has a planted violation for every check', () => {
    const walls = ['ledger-append-only', 'operators-record-append-only', 'walls-stand'];
    expect([...Object.keys(cases), ...walls].toSorted()).toEqual(checks.map(({ name }) => name).toSorted());
  });
});
