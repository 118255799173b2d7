import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from '@rideshare/postgres';
import { fakeClock, manualScheduler } from '@rideshare/testing';
import type { Logger } from '@rideshare/observability';
import type { Check, Violation } from './check.ts';
import { watch } from './watch.ts';
import type { Watching } from './watch.ts';

const INTERVAL_MS = 60_000;
const violation: Violation = { subject: 'trip 1', detail: 'is wrong', versions: '1' };

let found: readonly Violation[] | Error;
let errors: { readonly message: string; readonly fields: Record<string, unknown> | undefined }[];
let scheduler: ReturnType<typeof manualScheduler>;
let watching: Watching;
let url: string;

const check: Check = {
  ...{ name: 'a-check', rule: 4, title: 'all is well', lookAt: 'the moon', scope: 'store' },
  run: () => (found instanceof Error ? Promise.reject(found) : Promise.resolve({ checked: 1, violations: found })),
};

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(name) && !each.startsWith('#'));
  return Number(line?.split(' ')[1]);
}

beforeEach(async () => {
  found = [];
  errors = [];
  scheduler = manualScheduler();
  const query = () => Promise.resolve({ rows: [], rowCount: 0 });
  const database = { transaction: (work: (tx: unknown) => unknown) => work({ query }) } as unknown as Database;
  const logger = {
    error: (message: string, fields?: Record<string, unknown>) => errors.push({ message, fields }),
  } as unknown as Logger;
  const deps = {
    database,
    logger,
    scheduler,
    settleMs: 0,
    version: '1.2.3',
    host: '127.0.0.1',
    intervalMs: INTERVAL_MS,
    fullIntervalMs: 0,
    clock: fakeClock(),
  };
  watching = await watch({ ...deps, port: 0 }, [check]);
  url = `http://127.0.0.1:${String(watching.port)}`;
  await scheduler.settle();
});

afterEach(async () => {
  await watching.close();
});

describe('watch', () => {
  it('answers health, and 404 to what it does not know', async () => {
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });

  it('shows zero before anything is found, so that an alert has something to compare with', async () => {
    expect(await metric('invariant_violations_total')).toBe(0);
    expect(await metric('invariant_violations_standing')).toBe(0);
    expect(await metric('audit_last_completed_timestamp_seconds')).toBeGreaterThan(1_700_000_000);
  });

  it('counts and logs a violation when it appears, not at every audit', async () => {
    found = [violation];
    await scheduler.advance(INTERVAL_MS);
    await scheduler.advance(INTERVAL_MS);
    expect(await metric('invariant_violations_total')).toBe(1);
    expect(await metric('invariant_violations_standing')).toBe(1);
    expect(errors).toEqual([
      {
        message: 'an invariant is violated',
        fields: { check: 'a-check', rule: 4, subject: 'trip 1', detail: 'is wrong' },
      },
    ]);
    found = [];
    await scheduler.advance(INTERVAL_MS);
    expect(await metric('invariant_violations_standing')).toBe(0);
    found = [violation];
    await scheduler.advance(INTERVAL_MS);
    expect(await metric('invariant_violations_total')).toBe(2);
  });

  it('goes on after an audit that could not be finished', async () => {
    found = new Error('the database is away');
    await scheduler.advance(INTERVAL_MS);
    expect(await metric('audits_failed_total')).toBe(1);
    expect(errors.map(({ message }) => message)).toEqual(['an audit could not be finished']);
    found = [violation];
    await scheduler.advance(INTERVAL_MS);
    expect(await metric('invariant_violations_standing')).toBe(1);
  });
});
