import { topics } from '@rideshare/contracts';
import type { Envelope, Topic } from '@rideshare/contracts';
import { slots } from '@rideshare/driver/parts';
import type { SlotRecord } from '@rideshare/driver/parts';
import { createMemoryLog, memoryTables } from '@rideshare/messaging';
import type { LogRecord, MemoryOutboxRow } from '@rideshare/messaging';
import { messages } from '@rideshare/notification/parts';
import type { MessageFile } from '@rideshare/notification/parts';
import { ledgerJournals, paymentOps, payments, sandboxOperations } from '@rideshare/payment/parts';
import type { JournalFile, OpFile, PaymentFile, SandboxFile } from '@rideshare/payment/parts';
import { trips } from '@rideshare/trip/parts';
import type { StoredTrip } from '@rideshare/trip/parts';
import type { SimService } from '../faults.ts';
import { PROCESSES } from '../faults.ts';
import type { World } from '../world/world.ts';

/** An event as it stands in the log. */
export interface Told {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  readonly envelope: Envelope;
}

/** What the queues of a service hold. */
export interface Queues {
  readonly outbox: readonly MemoryOutboxRow[];
  readonly parked: number;
  readonly retries: number;
  readonly dead: readonly string[];
  readonly counts: readonly {
    readonly group: string;
    readonly topic: string;
    readonly consumed: number;
    readonly applied: number;
    readonly skipped: number;
    readonly parked: number;
    readonly dead: number;
  }[];
}

/** Everything that a world has stored. */
export interface Snapshot {
  readonly trips: readonly StoredTrip[];
  readonly slots: readonly SlotRecord[];
  readonly payments: readonly PaymentFile[];
  readonly operations: readonly OpFile[];
  readonly journals: readonly JournalFile[];
  readonly gateway: readonly SandboxFile[];
  readonly messages: readonly MessageFile[];
  readonly log: readonly Told[];
  readonly queues: Readonly<Record<SimService, Queues>>;
}

const SERVICES = Object.keys(PROCESSES) as SimService[];
const PAGE = 500;

/** Reads what is stored and what was told. */
export async function takeSnapshot(world: World): Promise<Snapshot> {
  return { ...(await takeStores(world)), log: await readLog(world) };
}

/** A snapshot of the stores alone. */
export async function takeStores(world: World): Promise<Omit<Snapshot, 'log'>> {
  const read = <T>(service: SimService, work: Parameters<ReturnType<typeof connect>['read']>[0]): Promise<T> =>
    connect(world, service).read(work) as Promise<T>;
  const queues = await Promise.all(
    SERVICES.map(async (service) => [service, await read<Queues>(service, queuesOf)] as const),
  );
  return {
    trips: await read('trip', (reader) => reader.all(trips)),
    slots: await read('driver', (reader) => reader.all(slots)),
    payments: await read('payment', (reader) => reader.all(payments)),
    operations: await read('payment', (reader) => reader.all(paymentOps)),
    journals: await read('payment', (reader) => reader.all(ledgerJournals)),
    messages: await read('notification', (reader) => reader.all(messages)),
    gateway: await world.gateway.connect(undefined, 'gateway').read((reader) => reader.all(sandboxOperations)),
    queues: Object.fromEntries(queues) as Record<SimService, Queues>,
  };
}

function connect(world: World, service: SimService) {
  return world.serverOf(service).connect(undefined, service);
}

function queuesOf(reader: Parameters<Parameters<ReturnType<typeof connect>['read']>[0]>[0]): Queues {
  const letters = reader.all(memoryTables.deadLetters);
  const waiting = (table: typeof memoryTables.parked | typeof memoryTables.retries): number =>
    reader.all<{ readonly events: readonly unknown[] }>(table).reduce((sum, { events }) => sum + events.length, 0);
  return {
    outbox: reader.all(memoryTables.outbox),
    parked: waiting(memoryTables.parked),
    retries: waiting(memoryTables.retries),
    dead: letters.map(({ type, code, message }) => `${type}: ${code} ${message}`),
    counts: reader.all(memoryTables.counts),
  };
}

async function readLog(world: World): Promise<Told[]> {
  const database = world.serverOf('log').connect(undefined, 'log');
  const log = createMemoryLog({ database, partitions: world.partitions });
  const tail = await log.tail({ topics: Object.keys(topics) as Topic[], fromAgeMs: Number.MAX_SAFE_INTEGER / 2 });
  const told: Told[] = [];
  for (;;) {
    const { records, more } = await tail.fetch(PAGE);
    told.push(...records.map(toldOf));
    if (!more && records.length === 0) return told;
  }
}

function toldOf({ topic, partition, offset, envelope }: LogRecord): Told {
  return { topic, partition, offset, envelope: envelope as Envelope };
}
