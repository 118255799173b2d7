import type { PlantedBug } from '../plot.ts';

const MESSAGING = 'packages/messaging/src';
const BATCH = `${MESSAGING}/consumer-batch.ts`;
const memoryTests = [{ tests: 'packages/messaging/test/memory-outbox-inbox.contract.test.ts' }];
const engineTests = [{ tests: 'packages/messaging/test/outbox-inbox.contract.test.ts' }];
const logTests = [{ tests: 'packages/messaging/test/embedded-log.contract.test.ts' }];
const postgresTests = [
  { tests: 'packages/postgres/test/transaction.integration.test.ts' },
  { tests: 'packages/postgres/test/database.integration.test.ts' },
];

const consumers: readonly PlantedBug[] = [
  {
    name: 'a consumer handles an event again that it has seen',
    invariants: [26],
    file: BATCH,
    find: `return this.#seen.has(eventId) || this.#state.seen.has(eventId);`,
    replace: `return eventId === '';`,
    catchers: memoryTests,
  },
  {
    name: 'an event that is behind the head of its stream is handled',
    invariants: [25, 26],
    file: BATCH,
    find: `if (sequence <= head || this.#isSeen(item.eventId)) {`,
    replace: `if (this.#isSeen(item.eventId)) {`,
    catchers: memoryTests,
  },
  {
    name: 'an event does not wait for the one before it',
    invariants: [25],
    file: BATCH,
    find: `if (sequence > head + 1 && !this.#waitsForNothing(item)) {`,
    replace: `if (sequence < head && !this.#waitsForNothing(item)) {`,
    catchers: memoryTests,
  },
  {
    name: 'what was parked is never taken up',
    invariants: [27],
    file: BATCH,
    find: `    if (this.#state.retriedStreams.has(stream)) this.#overtaken.set(stream, sequence);
    await this.#drainStream(stream);
`,
    replace: `    if (this.#state.retriedStreams.has(stream)) this.#overtaken.set(stream, sequence);
`,
    catchers: memoryTests,
  },
  {
    name: 'an event that fails is tried for ever',
    invariants: [27],
    file: BATCH,
    find: `if (!failure.retryable || tierMs === undefined) {`,
    replace: `if (!failure.retryable && tierMs === undefined) {`,
    catchers: memoryTests,
  },
  {
    name: 'an event that is given up is not among the dead letters',
    invariants: [27],
    file: BATCH,
    find: `    if (this.#dead.length > 0) await writer.insertDeadLetters(this.#dead);
`,
    replace: ``,
    catchers: memoryTests,
  },
  {
    name: 'an event that was tried again is counted twice',
    invariants: [27],
    file: BATCH,
    find: `    this.#count(event.record.topic).parked -= 1; // where a retry is counted
`,
    replace: ``,
    catchers: memoryTests,
  },
  {
    name: 'the offset is committed without the effect',
    invariants: [26, 31],
    file: `${MESSAGING}/consumer.ts`,
    find: `await member.commit(positions(), writer.transaction);`,
    replace: `await member.commit(positions());`,
    catchers: [...engineTests, ...memoryTests],
  },
  {
    name: 'an event of a version that nobody knows is passed over',
    invariants: [28],
    file: `${MESSAGING}/delivery.ts`,
    find: `      if (subscription) return subscription;
`,
    replace: `      if (subscription ?? envelope.version > 0) return subscription;
`,
    catchers: [{ tests: `${MESSAGING}/delivery.unit.test.ts` }, ...memoryTests],
  },
  {
    name: 'a schema may require what earlier records do not hold',
    invariants: [28],
    file: 'packages/contracts/src/event-schema.ts',
    find: `if (!writer.required?.includes(name)) found.push`,
    replace: `if (name === '') found.push`,
    catchers: [{ tests: 'packages/contracts/src/event-schema.unit.test.ts' }],
  },
];

const logs: readonly PlantedBug[] = [
  {
    name: 'who lost a group commits in it',
    invariants: [26, 27],
    file: `${MESSAGING}/embedded-member.ts`,
    find: `o.generation = $2 and o.topic = done.topic`,
    replace: `$2::bigint is not null and o.topic = done.topic`,
    catchers: logTests,
  },
  {
    name: 'a group is taken from who holds it',
    invariants: [26],
    file: `${MESSAGING}/embedded-member.ts`,
    find: ` or held.until < clock_timestamp()`,
    replace: ` or held.until is not null`,
    catchers: logTests,
  },
  {
    name: 'events of one transaction are published in any order',
    invariants: [25],
    file: `${MESSAGING}/pg-outbox.ts`,
    find: `     order by position
`,
    replace: `     order by position desc
`,
    catchers: engineTests,
  },
  {
    name: 'an event leaves the outbox before it is published',
    invariants: [24, 31],
    file: `${MESSAGING}/relay.ts`,
    find: `  await log.publish(read);
  await outbox.remove(read);
`,
    replace: `  await outbox.remove(read);
  await log.publish(read);
`,
    catchers: [...memoryTests, ...engineTests],
  },
  {
    name: 'an event is published again and again',
    invariants: [26],
    file: `${MESSAGING}/embedded-outbox.ts`,
    find: `delete from outbox using oldest where outbox.id = oldest.id returning outbox.*`,
    replace: `select outbox.* from outbox join oldest on outbox.id = oldest.id`,
    catchers: engineTests,
  },
  {
    name: 'somebody is told the same twice (PostgreSQL)',
    invariants: [26],
    file: 'services/notification/migrations/0001_create_messages.sql',
    find: `,
  unique (about_event_id, user_id, channel)`,
    replace: ``,
    catchers: [{ tests: 'services/notification/test/stores.contract.test.ts' }],
  },
];

const engine: readonly PlantedBug[] = [
  {
    name: 'a transaction that was rolled back counts as committed',
    invariants: [31],
    file: 'packages/postgres/src/transaction.ts',
    find: `if (command !== 'COMMIT') {`,
    replace: `if (command === '') {`,
    catchers: postgresTests,
  },
  {
    name: 'a commit without an answer counts as refused',
    invariants: [29, 31],
    file: 'packages/postgres/src/transaction.ts',
    find: `throw isConnectionLost(error) ? commitAmbiguous(error) : statementError(error);`,
    replace: `throw statementError(error);`,
    catchers: postgresTests,
  },
  {
    name: 'a server that loses acknowledged writes is accepted',
    invariants: [31],
    file: 'packages/postgres/src/durability.ts',
    find: `if (unsafe.length > 0) {`,
    replace: `if (unsafe.length > 99) {`,
    catchers: postgresTests.toReversed(),
  },
  {
    name: 'a change is committed and its answer is not',
    invariants: [29, 31],
    file: 'packages/postgres/src/database.ts',
    find: `        await operation.seal(tx, result);
`,
    replace: ``,
    catchers: [...postgresTests, { tests: 'services/trip/test/trip-store.contract.test.ts' }],
  },
];

export const messagingBugs: readonly PlantedBug[] = [...consumers, ...logs, ...engine];
