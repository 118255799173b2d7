import { makeMemoryStores, makePgStores } from './support/stores-harness.ts';
import { methodStoreSuite } from './suites/method-store.suite.ts';
import { operationQueueSuite } from './suites/operation-queue.suite.ts';
import { paymentStoreSuite } from './suites/payment-store.suite.ts';
import { requestMemorySuite } from './suites/request-memory.suite.ts';
import { webhookLogSuite } from './suites/webhook-log.suite.ts';

for (const suite of [paymentStoreSuite, operationQueueSuite, methodStoreSuite, webhookLogSuite, requestMemorySuite]) {
  suite('PostgreSQL', makePgStores);
  suite('memory', makeMemoryStores);
}
