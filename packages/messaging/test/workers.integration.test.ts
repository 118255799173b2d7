import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { driverLocated, userDeactivated } from '@rideshare/contracts';
import type { Envelope } from '@rideshare/contracts';
import type { Scheduler } from '@rideshare/kernel';
import { systemClock, systemIds, systemScheduler } from '@rideshare/kernel/system';
import { createMetrics, silentLogger } from '@rideshare/observability';
import { createTestDatabase, eventually } from '@rideshare/testing';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import {
  appendToOutbox,
  createConsumer,
  createEmbeddedLog,
  createRelay,
  createTail,
  newEvent,
  on,
  publishUnlogged,
} from '../src/index.ts';
import type { EventLog, OutgoingEvent, Worker } from '../src/index.ts';

let database: Database;
let log: EventLog;
let drop: () => Promise<void>;
let workers: Worker[];
beforeEach(async () => {
  const test = await createTestDatabase({ migrate: { schema: 'app' } });
  drop = test.drop;
  database = createDatabase({ url: test.url, applicationName: 'test' });
  log = createEmbeddedLog({ database, prefix: 'test' });
  workers = [];
});
afterEach(async () => {
  for (const worker of workers.toReversed()) await worker.stop();
  await database.close();
  await drop();
});

const common = () => ({
  database,
  log,
  scheduler: systemScheduler,
  clock: systemClock,
  logger: silentLogger,
  owner: 'test',
});

async function run(worker: Worker): Promise<void> {
  await worker.start();
  workers.push(worker);
}

function deactivated(userId = systemIds.next()): OutgoingEvent {
  const fields = { id: systemIds.next(), sequence: 1, occurredAt: systemClock.now(), source: 'test' };
  return newEvent(userDeactivated, { ...fields, data: { userId, by: 'self' } });
}

function located(): OutgoingEvent {
  return newEvent(driverLocated, {
    id: systemIds.next(),
    occurredAt: systemClock.now(),
    source: 'test',
    data: {
      driverId: systemIds.next(),
      point: { lat: 41.15, lng: -8.61 },
      recordedAt: systemClock.now().toISOString(),
      headingDeg: null,
      speedMps: null,
      state: 'available',
      tripId: null,
      vehicleClass: 'economy',
    },
  });
}

describe('relay and consumer', () => {
  it('running by themselves, bring an event from its commit to its effect, and show it in the metrics', async () => {
    const metrics = createMetrics({ service: 'test', version: '0' });
    const seen: Envelope[] = [];
    await run(createRelay({ ...common(), metrics }));
    const subscription = on(userDeactivated, (event) => {
      seen.push(event);
      return Promise.resolve('applied');
    });
    for (const [group, mode] of [
      ['one', 'transactional'],
      ['two', 'after'],
    ] as const) {
      await run(createConsumer({ ...common(), metrics, group, mode, subscriptions: [subscription] }));
    }
    const event = deactivated();
    await database.transaction((tx) => {
      appendToOutbox(tx, [event]);
      return Promise.resolve();
    });
    await eventually(() => (seen.length === 2 ? true : undefined));
    expect(seen).toEqual([event.envelope, event.envelope]);
    const counted = await eventually(async () => {
      const { body } = await metrics.render();
      return body.includes('events_consumed_total{group="two"') ? body : undefined;
    });
    expect(counted).toContain('events_published_total{topic="user.events",service="test"} 1');
    for (const name of ['outbox_pending_events', 'event_consumer_lag_records', 'event_dead_letters', 'event_parked']) {
      expect(counted).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
    }
  });

  it('with nothing appended, append nothing', async () => {
    await database.transaction((tx) => {
      appendToOutbox(tx, []);
      return Promise.resolve();
    });
    await publishUnlogged({ log, events: [] });
    expect((await database.query('select from outbox')).rowCount).toBe(0);
  });

  it('with events of a topic that the log does not have, keep those, and go on with the others', async () => {
    const metrics = createMetrics({ service: 'test', version: '0' });
    const rounds: (boolean | undefined)[] = [];
    const scheduler: Scheduler = {
      ...systemScheduler,
      every: (name, everyMs, round, onError) => {
        const told = async (signal: AbortSignal) => {
          const goesOn = await round(signal);
          if (name === 'outbox-relay') rounds.push(goesOn);
          return goesOn;
        };
        return systemScheduler.every(name, everyMs, told, onError);
      },
    };
    const append = async (topic: string, events: number): Promise<readonly string[]> => {
      const { rows } = await database.query<{ event_id: string }>(
        `insert into outbox (key_hash, topic, key, type, event_id, headers, envelope)
         select 0, $1, 'key', 'type', gen_random_uuid(), '{}', '{}' from generate_series(1, $2::int) returning event_id`,
        [topic, events],
      );
      return rows.map(({ event_id }) => event_id);
    };
    const homeless = await append('nowhere', 250); // more than a relay takes at once
    await append('user.events', 1);
    await run(createRelay({ ...common(), scheduler, metrics }));
    const recorded = async (topic: string) =>
      (await database.query('select from event_log.records where topic = $1', [topic])).rowCount;
    await eventually(async () => ((await recorded('test.user.events')) === 1 ? true : undefined));
    await eventually(() => (rounds.length >= 2 ? true : undefined));
    expect(rounds).not.toContain(true);
    expect((await database.query('select from outbox')).rowCount).toBe(250);
    const figures = await eventually(async () => {
      const { body } = await metrics.render();
      return body.includes('outbox_pending_events') ? body : undefined;
    });
    expect(figures).toMatch(/^outbox_pending_events(\{.*\})? 250$/m);

    await database.query(
      "insert into event_log.log_topics (topic, partitions, retention_h) values ('test.nowhere', 1, 1)",
    );
    await database.query("insert into event_log.log_partitions (topic, partition) values ('test.nowhere', 0)");
    await eventually(async () => ((await recorded('test.nowhere')) === 250 ? true : undefined));
    const { rows } = await database.query<{ event_id: string }>(
      "select event_id from event_log.records where topic = 'test.nowhere' order by log_offset",
    );
    expect(rows.map(({ event_id }) => event_id)).toEqual(homeless);
  });

  it('on a topic without sequences, has every record its effect, and a failing one its retry', async () => {
    const metrics = createMetrics({ service: 'test', version: '0' });
    const seen: number[] = [];
    const subscription = on(driverLocated, (_, { attempt }) => {
      seen.push(attempt);
      return attempt === 1 && seen.length === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve('applied');
    });
    const random = { next: () => 0, integer: () => 0 };
    await run(
      createConsumer({ ...common(), metrics, group: 'g', mode: 'after', subscriptions: [subscription], random }),
    );
    await publishUnlogged({ log, events: [located(), located()] });
    await eventually(() => (seen.length === 3 ? true : undefined));
    expect(seen.toSorted()).toEqual([1, 1, 2]);
    const figures = await eventually(async () => {
      const { rows } = await database.query<{ applied: number }>('select * from consumer_counts where applied = 2');
      return rows[0];
    });
    expect(figures).toMatchObject({ consumed: 2, applied: 2, parked: 0, dead: 0 });
    expect((await database.query('select from inbox')).rowCount).toBe(0);
  });
});

describe('tail', () => {
  it('sees what is there, says that it has caught up, sees what comes, and goes past what it cannot use', async () => {
    await log.publish([{ ...deactivated(), headers: {} }]);
    const seen: string[] = [];
    await run(
      createTail({
        log,
        topics: ['user.events', 'driver.locations'],
        fromAgeMs: 60_000,
        handler: ({ type }) => {
          seen.push(`any ${type}`);
        },
        subscriptions: [
          on(userDeactivated, () => Promise.reject(new Error('cannot'))),
          on(driverLocated, () => {
            seen.push('located');
            return Promise.resolve('applied');
          }),
        ],
        onCaughtUp: () => seen.push('caught up'),
        scheduler: systemScheduler,
        logger: silentLogger,
      }),
    );
    await eventually(() => (seen.includes('caught up') ? true : undefined));
    const broken = located();
    await log.publish([{ ...broken, headers: {}, envelope: { ...broken.envelope, stream: '' } }]);
    await publishUnlogged({ log, events: [located()] });
    await eventually(() => (seen.includes('located') ? true : undefined));
    expect(seen).toEqual(['any user.deactivated', 'caught up', 'any driver.located', 'located']);
  });
});
