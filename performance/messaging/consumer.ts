/** One consuming service of the measurement, as a process of its own: each event makes one row. */
import { userUpdated } from '@rideshare/contracts';
import { systemClock, systemScheduler } from '@rideshare/kernel/system';
import { createConsumer, createEmbeddedLog, on } from '@rideshare/messaging';
import { createMetrics, silentLogger } from '@rideshare/observability';
import { asPg, createDatabase } from '@rideshare/postgres';

const REPORT_MS = 250;

const { GROUP: group = '', DATABASE_URL: url = '' } = process.env;
const database = createDatabase({ url, applicationName: group });
const effects: [eventId: string, atMs: number][] = [];
const consumer = createConsumer({
  group,
  mode: 'transactional',
  log: createEmbeddedLog({ database, prefix: 'bench' }),
  database,
  subscriptions: [
    on(userUpdated, async (event, delivery) => {
      await database.atomic(delivery, async (tx) => {
        await tx.query('insert into effects (event_id) values ($1)', [event.id]);
        asPg(tx).afterCommit(() => effects.push([event.id, performance.timeOrigin + performance.now()]));
      });
      return 'applied';
    }),
  ],
  scheduler: systemScheduler,
  clock: systemClock,
  logger: silentLogger,
  metrics: createMetrics({ service: group, version: '0' }),
  owner: group,
});

process.once('disconnect', () => process.exit(1)); // the producer is gone
const reporting = setInterval(() => process.send?.(effects.splice(0)), REPORT_MS);
process.once('message', () => {
  clearInterval(reporting);
  process.removeAllListeners('disconnect');
  void consumer.stop().then(async () => {
    await database.close();
    process.disconnect();
  });
});
await consumer.start();
process.send?.([]);
