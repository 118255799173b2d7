/**
 * Many clients want the same few slots at once, through two pools of connections; what each of them was told is recorded,
 * and must have an order that the rules of a slot allow. `SLOT_OPERATIONS=1000000` makes a long run of it.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  callsOf,
  checkLinearizability,
  contendedKeys,
  explainViolation,
  makeDriverSlotModel,
  makeRecorder,
} from '@rideshare/histories';
import type { Ending, OfferRef, RecordedProcess, SlotCall, SlotRead } from '@rideshare/histories';
import { isAppError } from '@rideshare/kernel';
import { decideStatus } from '../src/domain/slot.ts';
import { begin, createStoreHarness, reservation, uuid } from './support/store-harness.ts';
import type { StoreHarness } from './support/store-harness.ts';

const OPERATIONS = Number(process.env['SLOT_OPERATIONS'] || 2_000);
/** Drivers that compete for the same trips: one history. */
const DRIVERS = 3;
const TRIPS = 3;
const CLIENTS = 6;
const OPERATIONS_PER_GROUP = 150;
const GROUPS_AT_ONCE = 4;
/** What a statement of the slowest machine may take, so that the patience grows with the work. */
const PATIENCE_PER_OPERATION_MS = 60;

let h: StoreHarness;

beforeAll(async () => {
  h = await createStoreHarness();
});

afterAll(async () => {
  await h.close();
});

interface Group {
  readonly key: string;
  readonly drivers: readonly string[];
  /** Changes as trips end: a declined one would be offered to nobody in the end. */
  readonly trips: string[];
  readonly offers: (OfferRef & { readonly epoch: number })[];
}

interface Client {
  readonly group: Group;
  readonly process: RecordedProcess;
  readonly slots: StoreHarness['slots'];
}

const below = (count: number): number => Math.floor(Math.random() * count);
const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;

/** The latest offer, which is the one to fight for, or one that may be over: its guards are what keeps it from harm. */
const someOffer = ({ offers }: Group) => offers.at(Math.random() < 0.5 ? -1 : -1 - below(5));

async function reserve({ group, process, slots }: Client): Promise<void> {
  const item = reservation(pick(group.drivers), { tripId: pick(group.trips), ttlMs: pick([20, 60_000, 60_000]) });
  const { driverId, offerId, tripId, ttlMs } = item;
  const [verdict] = await process.call({
    ...{ key: group.key, operation: 'reserve', input: { driverId, offerId, tripId, ttlMs } },
    run: () => slots.reserve(begin(), [item]),
    judge: ([judged]): Ending => {
      if (judged?.outcome === 'reserved') return { type: 'ok', value: { outcome: 'reserved', epoch: judged.epoch } };
      if (judged?.reason === 'contended') return { type: 'fail' };
      return { type: 'ok', value: judged };
    },
  });
  if (verdict?.outcome === 'reserved') group.offers.push({ driverId, offerId, tripId, epoch: verdict.epoch });
}

async function answer({ group, process, slots }: Client, operation: 'confirm' | 'decline' | 'release'): Promise<void> {
  const offer = someOffer(group);
  if (!offer) return;
  const { driverId, offerId, tripId } = offer;
  const input = { driverId, offerId, tripId };
  if (operation === 'confirm') {
    const run = () => slots.confirm(begin(), input);
    await process.call({ key: group.key, operation, input, run, judge: (epoch) => told({ epoch: epoch ?? null }) });
  } else if (operation === 'decline') {
    await process.call({ key: group.key, operation, input, run: () => slots.decline(begin(), input), judge: toldDone });
    const at = group.trips.indexOf(tripId);
    if (at !== -1) group.trips[at] = uuid();
  } else {
    const held = { driverId, tripId, epoch: offer.epoch + 1 };
    const run = () => slots.release(begin(), held);
    await process.call({ key: group.key, operation, input: held, run, judge: toldDone });
  }
}

const told = (value: unknown): Ending => ({ type: 'ok', value });
const toldDone = (done: boolean): Ending => told({ done });

async function clear({ group, process, slots }: Client): Promise<void> {
  const input = { tripId: pick(group.trips) };
  const run = () => slots.clear(begin(), input.tripId);
  await process.call({ key: group.key, operation: 'clear', input, run, judge: toldDone });
}

async function setStatus({ group, process, slots }: Client): Promise<void> {
  const input = {
    driverId: pick(group.drivers),
    to: pick(['available', 'available', 'available', 'offline'] as const),
  };
  const run = () =>
    slots
      .setStatus(begin(), input.driverId, (slot) => decideStatus(slot, input.to))
      .catch((error: unknown) => {
        if (isAppError(error) && error.kind === 'conflict') return { refused: error.code };
        throw error;
      });
  await process.call({
    ...{ key: group.key, operation: 'status', input, run },
    judge: (now) => told('refused' in now ? now : { state: now.state, epoch: now.epoch }),
  });
}

async function read({ group, process }: Client): Promise<void> {
  const driverId = pick(group.drivers);
  const run = async (): Promise<SlotRead> => {
    const { rows } = await h.database.query<SlotRead>(
      `select state, trip_id as "tripId", offer_id as "offerId", epoch from driver_slots where driver_id = $1`,
      [driverId],
    );
    return rows[0]!;
  };
  await process.call({ key: group.key, operation: 'read', input: { driverId }, run });
}

/** What clients do, by how often they do it. */
const DEEDS: readonly (readonly [share: number, deed: (client: Client) => Promise<unknown>])[] = [
  [30, reserve],
  [20, (client) => answer(client, 'confirm')],
  [5, (client) => answer(client, 'decline')],
  [15, (client) => answer(client, 'release')],
  [10, clear],
  [8, setStatus],
  [7, read],
  // the sweep is in no history: nobody waits for it
  [5, ({ slots }) => slots.expireOffers(begin(), 20)],
];
const BAG = DEEDS.flatMap(([share, deed]) => new Array<typeof deed>(share).fill(deed));

const model = makeDriverSlotModel({ toleranceMs: 20 });

/** Lets clients loose on a few slots, and judges what they were told. */
async function contend(
  key: string,
  stores: readonly Pick<StoreHarness, 'slots'>[] = [h, h.other],
): Promise<SlotCall[]> {
  const drivers = await h.availableFleet(DRIVERS);
  const group: Group = { key, drivers, trips: Array.from({ length: TRIPS }, uuid), offers: [] };
  // the clock that the store reads too: offers end by it
  const recorder = makeRecorder({ nowUs: () => Date.now() * 1_000 });
  const clients = Array.from({ length: CLIENTS }, async (_, index) => {
    const { slots } = stores[index % stores.length]!;
    const client: Client = { group, process: recorder.process(`client-${String(index)}`), slots };
    while (recorder.entries.length < 2 * OPERATIONS_PER_GROUP) await pick(BAG)(client);
  });
  await Promise.all(clients);
  return callsOf(recorder.entries) as SlotCall[];
}

describe('slots that many clients want at once', () => {
  it(
    `have an order for everything that ${String(OPERATIONS)} calls were told`,
    async () => {
      const counts = { calls: 0, reserved: 0, confirmed: 0, refused: 0, contended: 0, groups: 0 };
      while (counts.calls < OPERATIONS) {
        const keys = Array.from({ length: GROUPS_AT_ONCE }, uuid);
        const calls = (await Promise.all(keys.map((key) => contend(key)))).flat();
        const verdict = checkLinearizability(calls, model);
        expect(verdict.violations.map((violation) => explainViolation(violation, model))).toEqual([]);
        expect(verdict.outcome).toBe('valid');
        const answers = calls.map((call) => [call.operation, call.answer] as const);
        counts.calls += calls.length;
        counts.groups += keys.length;
        counts.contended += contendedKeys(calls).length;
        counts.reserved += answers.filter(
          ([, told]) => told && 'outcome' in told && told.outcome === 'reserved',
        ).length;
        counts.confirmed += answers.filter(
          ([of, told]) => of === 'confirm' && told && 'epoch' in told && told.epoch,
        ).length;
        counts.refused += answers.filter(([, told]) => told && 'reason' in told).length;
        expect(calls.filter(({ outcome }) => outcome === 'info')).toEqual([]);
      }
      // it was a fight, and there was something to win
      expect(counts.contended).toBe(counts.groups);
      for (const count of [counts.reserved, counts.confirmed, counts.refused]) {
        expect(count).toBeGreaterThan(0);
      }
      if (process.env['SLOT_OPERATIONS']) process.stdout.write(`${JSON.stringify(counts)}\n`);
    },
    60_000 + OPERATIONS * PATIENCE_PER_OPERATION_MS,
  );
});

describe('a store that has lost a guard', () => {
  /** Frees whatever the driver is on, and not only what the caller knows of. */
  const releaseAnything: StoreHarness['slots']['release'] = async (_operation, { driverId }) => {
    const { rowCount } = await h.database.query(
      `update driver_slots set state = 'available', trip_id = null, offer_id = null, epoch = epoch + 1
       where driver_id = $1 and state = 'assigned'`,
      [driverId],
    );
    return rowCount === 1;
  };

  it('is found out', async () => {
    const broken = { slots: { ...h.slots, release: releaseAnything } };
    let outcome = 'valid';
    for (let group = 0; outcome === 'valid' && group < 50; group += 1) {
      outcome = checkLinearizability(await contend(uuid(), [h, broken]), model).outcome;
    }
    expect(outcome).toBe('invalid');
  }, 120_000);
});
