import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EventData, EventDefinition } from '@rideshare/contracts';
import { userRegistered } from '@rideshare/contracts';
import { systemIds } from '@rideshare/kernel/system';
import { createEmbeddedLog, newEvent } from '@rideshare/messaging';
import { createDatabase } from '@rideshare/postgres';
import type { Database } from '@rideshare/postgres';
import { createTestDatabase, eventually, silentLogger, testKeys } from '@rideshare/testing';
import supertest from 'supertest';
import { notificationConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';
import type { Overrides } from '../../src/service.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', 'migrations');

/** The notification service in this process, on a database of its own. */
export interface RunningNotification {
  readonly database: Database;
  readonly mailbox: string;
  get(target: string, userId: string): supertest.Test;
  token(userId: string): Promise<string>;
  /** Publishes an event of another service, as its relay would; twice with the same id is a redelivery. */
  publish<Definition extends EventDefinition>(
    definition: Definition,
    data: EventData<Definition>,
    sequence?: number,
    id?: string,
  ): Promise<string>;
  /** An account that the service has heard of. */
  person(wants?: { email: boolean; sms: boolean; push: boolean }, language?: string): Promise<string>;
  close(): Promise<void>;
}

export async function startNotification(overrides: Overrides = {}): Promise<RunningNotification> {
  const test = await createTestDatabase({ migrate: { schema: 'notification', dir: MIGRATIONS } });
  const keys = testKeys();
  const mailbox = mkdtempSync(path.join(tmpdir(), 'mailbox-'));
  const config = notificationConfig.load({
    ENVIRONMENT: 'test',
    PORT: '0',
    DATABASE_URL: test.url,
    MAILBOX_DIR: mailbox,
    ...keys.environment('notification'),
  });
  const service = await startService(config, { logger: silentLogger, ...overrides });
  const database = createDatabase({ url: test.url, applicationName: 'notification-test' });
  const log = createEmbeddedLog({ database, prefix: 'rideshare' });
  const publish: RunningNotification['publish'] = async (definition, data, sequence = 1, id = systemIds.next()) => {
    const fields = { id, data, sequence, occurredAt: new Date(), source: 'test' };
    const event = newEvent(definition, fields);
    await log.publish([{ topic: event.topic, key: event.key, envelope: event.envelope, headers: {} }]);
    return id;
  };
  return {
    database,
    mailbox,
    publish,
    get: (target) => supertest(service.url).get(target),
    token: (userId) => keys.issueUserToken({ userId }),
    async person(notifications = { email: true, sms: false, push: true }, language = 'en') {
      const userId = systemIds.next();
      const name = { firstName: 'Ana', lastName: 'Silva', phone: null, language };
      const account = { roles: ['rider'], status: 'active' } satisfies Partial<EventData<typeof userRegistered>>;
      await publish(userRegistered, { userId, email: `${userId}@example.org`, ...name, ...account, notifications });
      // accounts travel on a topic of their own: news about somebody unknown would wait for a retry
      return eventually(async () => {
        const { rows } = await database.query('select from contacts where user_id = $1', [userId]);
        return rows.length > 0 ? userId : undefined;
      });
    },
    async close() {
      await service.close();
      await database.close();
      await test.drop();
      keys.dispose();
      rmSync(mailbox, { recursive: true, force: true });
    },
  };
}
