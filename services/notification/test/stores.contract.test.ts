import { makeMemoryStores, makePgStores } from './support/stores-harness.ts';
import { contactStoreSuite } from './suites/contact-store.suite.ts';
import { messageStoreSuite } from './suites/message-store.suite.ts';

for (const suite of [contactStoreSuite, messageStoreSuite]) {
  suite('PostgreSQL', makePgStores);
  suite('memory', makeMemoryStores);
}
