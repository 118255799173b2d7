import { getReceipt, getTripTimeline, listNotifications, listPayments } from '@rideshare/contracts';
import type { tripSchema } from '@rideshare/contracts';
import type { z } from 'zod';
import type { Session } from './session.ts';
import { sleepMs } from './world.ts';
import type { World } from './world.ts';

type Trip = z.output<typeof tripSchema>;

const FIRST_LOOK_MS = 250;
const LONGEST_LOOK_MS = 4_000;
/** Lines that a receipt may add to its quote. */
const ADDED_LINES: ReadonlySet<string> = new Set(['wait', 'toll', 'tip', 'discount', 'tax', 'adjustment']);
const MONEY_ACCOUNTS = /^(?:gateway|cash):/;

/** Asks until `look` answers something or the time is over. */
async function eventually<T>({ settleMs }: World, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + settleMs;
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_LOOK_MS)) {
    const found = await look();
    if (found !== undefined || performance.now() > deadline) return found;
    // verification goes on after the city has stopped: it has a deadline of its own
    await sleepMs(waitMs, new AbortController().signal);
  }
}

async function checkReceipt(world: World, session: Session, trip: Trip): Promise<number> {
  const { api, observations } = world;
  const receipt = await api.call(getReceipt, { params: { id: trip.id }, token: await session.token() });
  const sum = receipt.lines.reduce((total, { amount }) => total + amount.amount, 0);
  if (sum !== receipt.total.amount) observations.contradict(`the receipt of trip ${trip.id} does not add up`);
  if (receipt.quoted.amount !== trip.fare.amount) observations.contradict(`trip ${trip.id} was quoted another fare`);
  const added = receipt.lines
    .filter(({ kind }) => ADDED_LINES.has(kind))
    .reduce((total, { amount }) => total + amount.amount, 0);
  // a minimum fare is an adjustment of the quote itself, so the difference is at most what was added by name
  const difference = receipt.total.amount - receipt.quoted.amount;
  if (difference !== 0 && difference > added) {
    observations.contradict(`the receipt of trip ${trip.id} exceeds its quote by more than its named lines`);
  }
  return receipt.total.amount;
}

/** What the rider was charged in the end; a ride that could not be charged is owed, and that is no contradiction. */
async function checkPayment(world: World, session: Session, trip: Trip, due: number): Promise<number> {
  const { api, observations } = world;
  const settled = await eventually(world, async () => {
    const { items } = await api.call(listPayments, { query: { tripId: trip.id }, token: await session.token() });
    const [payment, second] = items;
    if (second) observations.contradict(`trip ${trip.id} has two payments`);
    const isSettled =
      payment && ['captured', 'voided', 'failed', 'refunded', 'partially_refunded'].includes(payment.status);
    return isSettled ? payment : undefined;
  });
  if (!settled) {
    if (due > 0 || trip.status === 'completed')
      observations.contradict(`the payment of trip ${trip.id} did not settle`);
    return 0;
  }
  const { captured, status } = settled;
  if (trip.status === 'completed' && status === 'captured' && captured.amount !== due) {
    observations.contradict(`trip ${trip.id} came to ${String(due)} and ${String(captured.amount)} was captured`);
  }
  if (trip.status === 'completed' && status === 'voided') {
    observations.contradict(`trip ${trip.id} was completed and never charged`);
  }
  if (trip.status === 'completed' && status === 'failed' && settled.method.kind === 'cash') {
    observations.contradict(`trip ${trip.id} was paid in cash and its payment failed`);
  }
  if (trip.status === 'expired' && captured.amount > 0)
    observations.contradict(`trip ${trip.id} expired and was charged`);
  return captured.amount;
}

/** What the ledger says was taken for the trip, from its flight recorder. */
async function readLedger(world: World, trip: Trip, charged: number): Promise<number> {
  const { administrator, api } = world;
  const read = async (): Promise<number> => {
    const { entries } = await api.call(getTripTimeline, {
      params: { id: trip.id },
      token: await administrator.token(),
    });
    const lines = entries
      .filter(({ kind }) => kind === 'ledger')
      .flatMap(
        ({ data }) => data['lines'] as { readonly account: string; readonly amount: { readonly amount: number } }[],
      );
    return lines
      .filter(({ account }) => MONEY_ACCOUNTS.test(account))
      .reduce((sum, { amount }) => sum + amount.amount, 0);
  };
  // the timeline is filled from events and may lag
  const agreed = await eventually(world, async () => ((await read()) === charged ? charged : undefined));
  return agreed ?? (await read());
}

async function checkInbox(world: World, session: Session, trip: Trip): Promise<void> {
  const wanted =
    trip.status === 'completed' ? 'trip_completed' : trip.status === 'expired' ? 'trip_expired' : 'trip_cancelled';
  const told = await eventually(world, async () => {
    const { items } = await world.api.call(listNotifications, { query: { limit: 100 }, token: await session.token() });
    const about = items.filter(({ kind, tripId }) => tripId === trip.id && kind === wanted);
    if (about.length > 1) world.observations.contradict(`the rider of trip ${trip.id} was told twice: ${wanted}`);
    return about.length > 0 ? true : undefined;
  });
  if (!told) world.observations.contradict(`the rider of trip ${trip.id} was never told: ${wanted}`);
}

/** Compares what a rider saw of an ended trip with what the platform says about it. */
export async function verifyRide(world: World, session: Session, trip: Trip): Promise<void> {
  const { observations } = world;
  const due = trip.status === 'completed' ? await checkReceipt(world, session, trip) : 0;
  const charged = await checkPayment(world, session, trip, due);
  // also where nothing was charged: a booking without a charge is a contradiction, too
  const ledger = await readLedger(world, trip, charged);
  if (ledger !== charged) {
    observations.contradict(
      `trip ${trip.id}: its rider was charged ${String(charged)}, its ledger says ${String(ledger)}`,
    );
  }
  observations.tally.charged += charged;
  observations.tally.ledger += ledger;
  await checkInbox(world, session, trip);
}
