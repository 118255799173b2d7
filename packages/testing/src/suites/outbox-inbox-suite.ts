import { afterEach, beforeEach, describe } from '@jest/globals';
import { conservation } from './conservation-suite.ts';
import { isolation, oddities, passing, poison } from './failure-suite.ts';
import { delivery, leftovers, parking, redelivery } from './inbox-suite.ts';
import type { MessagingHarness } from './messaging-stage.ts';
import { outbox, relays } from './outbox-suite.ts';
import { deadLetters, reruns } from './recovery-suite.ts';

/** What outbox, log and inbox do together, whatever the adapter of the log. */
export function outboxInboxSuite(adapter: string, make: () => Promise<MessagingHarness>): void {
  describe(`outbox and inbox, ${adapter}`, () => {
    let made: MessagingHarness;
    beforeEach(async () => {
      made = await make();
      await made.probe.prepare();
    });
    afterEach(() => made.close());
    const harness = () => made;
    describe('outbox', () => outbox(harness));
    describe('relays', () => relays(harness));
    describe('redelivery', () => redelivery(harness));
    describe('delivery', () => delivery(harness));
    describe('parking', () => parking(harness));
    describe('leftovers', () => leftovers(harness));
    describe('poison', () => poison(harness));
    describe('passing failures', () => passing(harness));
    describe('oddities', () => oddities(harness));
    describe('isolation', () => isolation(harness));
    describe('reruns', () => reruns(harness));
    describe('dead letters', () => deadLetters(harness));
    describe('conservation', () => conservation(harness));
  });
}
