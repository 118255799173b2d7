import { userDeactivated, userRegistered, userUpdated } from '@rideshare/contracts';
import type { Envelope } from '@rideshare/contracts';
import { createMetrics, silentLogger } from '@rideshare/observability';
import { createConsumer, createRelay, on } from '@rideshare/messaging';
import type { Delivery, EventLog, OutgoingEvent, Worker } from '@rideshare/messaging';
import type { Database } from '@rideshare/postgres';
import { fakeClock } from '../fake-clock.ts';
import type { FakeClock } from '../fake-clock.ts';
import { recordOf } from './sample-events.ts';
import { steppedScheduler } from './stepped-scheduler.ts';
import type { SteppedScheduler } from './stepped-scheduler.ts';

/** One process of a service: its database and the log as it sees it. */
export interface MessagingProcess {
  readonly database: Database;
  readonly log: EventLog;
}

/** A log and a service's database, which nobody else uses. */
export interface MessagingHarness extends MessagingProcess {
  readonly another: () => MessagingProcess;
  /** Lets the lease of every group run out, as if its owner had been killed some time ago. */
  readonly expireOwners: () => Promise<void>;
  /** Makes every record that is there `ageMs` older. */
  readonly age: (ageMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a handler is told to do before its effect. */
export type Interference = (event: Envelope, delivery: Delivery) => Promise<void> | void;

/** A consumer whose every effect is a row of the table `effects`. */
export interface StagedConsumer {
  readonly worker: Worker;
  readonly scheduler: SteppedScheduler;
  readonly clock: FakeClock;
  /** Runs the consumer's loop until it has nothing to do; returns what failed. */
  step(): Promise<Error[]>;
  /** Lets time pass, so that retries and sweeps are looked at, and steps. */
  stepLater(): Promise<Error[]>;
}

/** One effect, in the order in which they happened. */
export interface Effect {
  readonly stream: string;
  readonly sequence: number;
}

/** The figures that must add up. */
export interface ConsumerFigures {
  readonly consumed: number;
  readonly applied: number;
  readonly skipped: number;
  readonly parked: number;
  readonly dead: number;
}

export const GROUP = 'suite';
const LATER_MS = 60_000;

/** Makes the table that effects go to. */
export async function prepareEffects(database: Database): Promise<void> {
  await database.query(
    `create table effects (
       position bigint generated always as identity, group_name text, event_id uuid, stream text, sequence bigint)`,
  );
}

/** The effects of a group so far. */
export async function effectsOf(database: Database, group = GROUP): Promise<Effect[]> {
  const { rows } = await database.query<Effect>(
    'select stream, sequence from effects where group_name = $1 order by position',
    [group],
  );
  return rows;
}

/** The sequences of one stream's effects. */
export async function sequencesOf(database: Database, stream: string): Promise<number[]> {
  return (await effectsOf(database)).filter((effect) => effect.stream === stream).map(({ sequence }) => sequence);
}

/** What the group has counted. */
export async function figuresOf(database: Database): Promise<ConsumerFigures> {
  const figures = ['consumed', 'applied', 'skipped', 'parked', 'dead'];
  const { rows } = await database.query<ConsumerFigures>(
    `select ${figures.map((name) => `coalesce(sum(${name}), 0)::int as ${name}`).join(', ')}
     from consumer_counts where group_name = $1`,
    [GROUP],
  );
  const [row] = rows;
  if (!row) throw new Error('a sum has a row');
  return row;
}

/** How many rows a table of the service has. */
export async function rowsIn(database: Database, table: string): Promise<number> {
  const { rows } = await database.query<{ rows: number }>(`select count(*) as rows from ${table}`);
  return rows[0]?.rows ?? 0;
}

/** Puts events into the log directly, in this order, whatever their sequences are. */
export async function publish(log: EventLog, events: readonly OutgoingEvent[]): Promise<void> {
  await log.publish(events.map((event) => recordOf(event)));
}

/** A consumer of users' events, on command. */
export function stageConsumer(
  { database, log }: MessagingProcess,
  options: {
    readonly mode?: 'transactional' | 'after';
    readonly interfere?: Interference;
    readonly owner?: string;
  } = {},
): StagedConsumer {
  const { mode = 'transactional', interfere = () => undefined, owner = 'one' } = options;
  const scheduler = steppedScheduler();
  const clock = fakeClock();
  const handle = async (event: Envelope, delivery: Delivery): Promise<'applied'> => {
    await interfere(event, delivery);
    await database.atomic(delivery, async (tx) => {
      await tx.query(
        // in mode `after` an effect is repeated with the same id, and has to be one all the same
        `insert into effects (group_name, event_id, stream, sequence) select $1, $2, $3, $4
         where $5 or not exists (select from effects where group_name = $1 and event_id = $2)`,
        [GROUP, event.id, event.stream, event.sequence, mode === 'transactional'],
      );
    });
    return 'applied';
  };
  const worker = createConsumer({
    group: GROUP,
    mode,
    log,
    database,
    subscriptions: [on(userRegistered, handle), on(userUpdated, handle), on(userDeactivated, handle)],
    scheduler,
    clock,
    logger: silentLogger,
    metrics: createMetrics({ service: 'suite', version: '0' }),
    owner,
    random: { next: () => 0, integer: () => 0 }, // a retry is due at once
  });
  return {
    worker,
    scheduler,
    clock,
    step: () => scheduler.step('consume'),
    stepLater: () => {
      clock.advance(LATER_MS);
      return scheduler.step('consume');
    },
  };
}

/** A relay, on command. */
export function stageRelay({ database, log }: MessagingProcess, owner = 'one') {
  const scheduler = steppedScheduler();
  const worker = createRelay({
    database,
    log,
    scheduler,
    clock: fakeClock(),
    logger: silentLogger,
    metrics: createMetrics({ service: 'suite', version: '0' }),
    owner,
  });
  return { worker, step: () => scheduler.step('outbox-relay') };
}
