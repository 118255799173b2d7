import type { Clock, Ids, Random, Scheduler } from '@rideshare/kernel';
import { Lifecycle, systemClock, systemIds, systemRandom, systemScheduler } from '@rideshare/kernel/system';
import { createAccessTokenVerifier, listen } from '@rideshare/http';
import { createConsumer, createEmbeddedLog, createRelay } from '@rideshare/messaging';
import type { Worker } from '@rideshare/messaging';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { Logger } from '@rideshare/observability';
import { assertDurable, createDatabase } from '@rideshare/postgres';
import { createApp } from './app.ts';
import { createAbsentCourier } from './clients/absent-courier.ts';
import { createMailboxEmail, createMailboxText } from './clients/mailbox-courier.ts';
import { createSmtpEmail } from './clients/smtp-courier.ts';
import { createNotificationParts } from './composition.ts';
import type { NotificationConfig } from './config.ts';
import { createServiceLogger } from './logger.ts';
import { observeBacklog } from './metrics.ts';
import { createPgStores } from './store/stores.pg.ts';
import type { DeliverDeps } from './usecases/deliver-pending.ts';

const SERVICE = 'notification';
const CLOSE_TIMEOUT_MS = 5_000;

/** What tests put in the place of the machine. */
export interface Overrides {
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly random?: Random;
  readonly scheduler?: Scheduler;
  readonly logger?: Logger;
  readonly couriers?: DeliverDeps['couriers'];
}

/** A running service. */
export interface RunningService {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

function couriersOf({ mailboxDir, mailFrom, smtpUrl }: NotificationConfig): DeliverDeps['couriers'] {
  const text = mailboxDir === undefined ? createAbsentCourier('MAILBOX_DIR') : createMailboxText(mailboxDir);
  const mailbox = mailboxDir === undefined ? createAbsentCourier('SMTP_URL') : createMailboxEmail(mailboxDir);
  return { email: smtpUrl ? createSmtpEmail({ url: smtpUrl, sender: mailFrom }) : mailbox, sms: text, push: text };
}

/** Starts a worker and sees to its end. */
async function run(lifecycle: Lifecycle, name: string, worker: Worker): Promise<void> {
  await worker.start();
  lifecycle.defer(name, () => worker.stop(), CLOSE_TIMEOUT_MS);
}

/** Builds and starts the service; everything it opened is closed in the opposite order. */
export async function startService(config: NotificationConfig, overrides: Overrides = {}): Promise<RunningService> {
  const clock = overrides.clock ?? systemClock;
  const ids = overrides.ids ?? systemIds;
  const scheduler = overrides.scheduler ?? systemScheduler;
  const logger = overrides.logger ?? createServiceLogger(config);
  const metrics = createMetrics({ service: SERVICE, version: config.version });
  const lifecycle = new Lifecycle(({ durationMs, error, name }) => {
    if (error) logger.error('a step did not close', { step: name, error });
    else logger.info('closed', { step: name, durationMs });
  });
  try {
    const database = createDatabase({ ...config.database, applicationName: SERVICE, logger, metrics });
    lifecycle.defer('database', () => database.close(), CLOSE_TIMEOUT_MS);
    await assertDurable(database, config.environment);
    const log = createEmbeddedLog({ database, prefix: config.log.topicPrefix });
    const working = { database, log, scheduler, clock, logger, metrics, owner: ids.next() };
    await run(lifecycle, 'relay', createRelay(working));
    const { deps, endpoints, subscriptions, ...parts } = createNotificationParts({
      ...working,
      stores: (hooks) => createPgStores(database, hooks),
      couriers: overrides.couriers ?? couriersOf(config),
      random: overrides.random ?? systemRandom,
    });
    observeBacklog(metrics, deps.messages);
    for (const { name, loop, stopMs } of parts.startLoops()) lifecycle.defer(name, () => loop.stop(), stopMs);
    await run(
      lifecycle,
      'consumer',
      createConsumer({ ...working, group: SERVICE, mode: 'transactional', subscriptions }),
    );

    const health = createHealth({
      service: SERVICE,
      version: config.version,
      clock,
      database: (signal) => database.check(signal),
      logger,
      metrics,
    });
    const accessTokens = createAccessTokenVerifier({ jwksUrl: config.internal.jwksUrl, clock });
    const { environment } = config;
    const app = createApp({ environment, logger, metrics, health, clock, ids, accessTokens, endpoints });
    const server = await listen(app, config);
    lifecycle.defer('http', () => server.close(), CLOSE_TIMEOUT_MS);
    lifecycle.defer('drain', () => scheduler.sleep(config.drainDelayMs), config.drainDelayMs + CLOSE_TIMEOUT_MS);
    lifecycle.defer('readiness', () => { health.markDraining(); }, CLOSE_TIMEOUT_MS); // prettier-ignore
    health.markStarted();
    logger.info('ready', { url: server.url });
    return { url: server.url, port: server.port, close: () => lifecycle.close() };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}
