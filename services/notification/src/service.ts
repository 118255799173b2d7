import type { Clock, Ids, Random, Scheduler } from '@rideshare/kernel';
import { Lifecycle, systemClock, systemIds, systemRandom, systemScheduler } from '@rideshare/kernel/system';
import { createAccessTokenVerifier, listen } from '@rideshare/http';
import { createConsumer, createEmbeddedLog, createRelay } from '@rideshare/messaging';
import type { Worker } from '@rideshare/messaging';
import { createHealth, createMetrics } from '@rideshare/observability';
import type { Logger, Metrics } from '@rideshare/observability';
import { assertDurable, createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createApp } from './app.ts';
import { createAbsentCourier } from './clients/absent-courier.ts';
import { createMailboxEmail, createMailboxText } from './clients/mailbox-courier.ts';
import { createSmtpEmail } from './clients/smtp-courier.ts';
import type { NotificationConfig } from './config.ts';
import { accountEvents } from './consumers/account-events.ts';
import { notices } from './consumers/notices.ts';
import { createServiceLogger } from './logger.ts';
import { createSignals, observeBacklog } from './metrics.ts';
import { createPgContactStore } from './store/contact-store.pg.ts';
import { createPgMessageStore } from './store/message-store.pg.ts';
import type { DeliverDeps } from './usecases/deliver-pending.ts';
import type { MessageStore } from './usecases/ports.ts';
import { startDelivery } from './workers/deliver.ts';

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

/** The messages, and the loop that brings them to their channels. */
function startDelivering(
  config: NotificationConfig,
  overrides: Overrides,
  deps: {
    readonly database: Database;
    readonly scheduler: Scheduler;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: Metrics;
    readonly lifecycle: Lifecycle;
  },
): MessageStore {
  const { clock, database, lifecycle, logger, metrics, scheduler } = deps;
  let wake = (): void => undefined;
  const messages = createPgMessageStore({
    database,
    onPending: () => {
      wake();
    },
  });
  observeBacklog(metrics, messages);
  const delivery = startDelivery({
    messages,
    couriers: overrides.couriers ?? couriersOf(config),
    clock,
    random: overrides.random ?? systemRandom,
    signals: createSignals(metrics),
    scheduler,
    onError: (error, loop) => {
      logger.error('a loop failed', { loop, error });
    },
  });
  wake = () => {
    delivery.wake();
  };
  lifecycle.defer('delivery', () => delivery.stop(), CLOSE_TIMEOUT_MS);
  return messages;
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
    const contacts = createPgContactStore(database);
    const working = { database, log, scheduler, clock, logger, metrics, owner: ids.next() };
    await run(lifecycle, 'relay', createRelay(working));
    const messages = startDelivering(config, overrides, { ...working, database, lifecycle });
    const subscriptions = [...accountEvents({ contacts }), ...notices({ contacts, messages })];
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
    const app = createApp({ environment, logger, metrics, health, clock, ids, accessTokens, messages });
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
