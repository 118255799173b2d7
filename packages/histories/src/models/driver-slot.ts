import type { Call } from '../history.ts';
import type { Model } from '../model.ts';

// The slots of a few drivers, and who may be on which trip with them.
//
//   offline ↔ available → offered → assigned → available
//                         offered → available | offline
//
// Each change of a state adds one to the epoch; a trip has one slot at most; a declined offer is not made again. The time
// of an offer is known as an interval: it begins somewhere between the reservation's invocation and its answer. An offer is
// certainly over when its time has passed since the answer, and may be over when it has passed since the invocation; in
// between either will do. Once it may be over, somebody else may free the slot without being recorded.

/** A driver's slot as a client is told of it. */
export interface SlotRead {
  readonly state: 'offline' | 'available' | 'offered' | 'assigned';
  readonly tripId: string | null;
  readonly offerId: string | null;
  readonly epoch: number;
}

interface Slot extends SlotRead {
  readonly overFromUs: number;
  readonly overByUs: number;
}

/** Slots by driver, and the offers that were declined. */
export interface Fleet {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly declined: readonly string[];
}

/** The parties of an offer. */
export interface OfferRef {
  readonly driverId: string;
  readonly tripId: string;
  readonly offerId: string;
}

interface Reserved {
  readonly outcome: 'reserved';
  readonly epoch: number;
}

interface Refused {
  readonly outcome: 'refused';
  readonly reason: string;
}

/** Calls of the slots. A reservation that did not wait for a lock has had no effect: record it as `fail`. */
export type SlotCall =
  | Call<'reserve', OfferRef & { readonly ttlMs: number }, Reserved | Refused>
  | Call<'confirm', OfferRef, { readonly epoch: number | null }>
  | Call<'decline', OfferRef, { readonly done: boolean }>
  | Call<'release', Omit<OfferRef, 'offerId'> & { readonly epoch: number }, { readonly done: boolean }>
  | Call<'clear', { readonly tripId: string }, { readonly done: boolean }>
  | Call<'expire', { readonly driverId: string }, { readonly done: boolean }>
  | Call<
      'status',
      { readonly driverId: string; readonly to: 'available' | 'offline' },
      { readonly state: SlotRead['state']; readonly epoch: number } | { readonly refused: string }
    >
  | Call<'read', { readonly driverId: string }, SlotRead>;

type Of<Operation extends SlotCall['operation']> = Extract<SlotCall, { operation: Operation }>;

/** How the slots begin, and how far the clocks of client and store may differ. */
export interface SlotModelOptions {
  readonly initial?: Pick<SlotRead, 'state' | 'epoch'>;
  readonly toleranceMs?: number;
}

/** The slots of the drivers of one key: of one driver, or of a few that compete for the same trips. */
export function makeDriverSlotModel(options: SlotModelOptions = {}): Model<Fleet, SlotCall> {
  const { initial = { state: 'available', epoch: 1 }, toleranceMs = 50 } = options;
  const first: Slot = { ...initial, tripId: null, offerId: null, overFromUs: 0, overByUs: Infinity };
  const slack = toleranceMs * 1_000;
  const slotOf = (fleet: Fleet, driverId: string): Slot => fleet.slots.get(driverId) ?? first;

  const stepOne = (fleet: Fleet, call: SlotCall): Fleet | undefined => {
    switch (call.operation) {
      case 'reserve':
        return reserve(fleet, call, slotOf(fleet, call.input.driverId), slack);
      case 'confirm':
        return confirm(fleet, call, slotOf(fleet, call.input.driverId));
      case 'decline':
        return decline(fleet, call, slotOf(fleet, call.input.driverId));
      case 'release': {
        const { driverId, epoch, tripId } = call.input;
        const slot = slotOf(fleet, driverId);
        const held = slot.state === 'assigned' && slot.tripId === tripId && slot.epoch === epoch;
        return told(fleet, call, held ? freed(fleet, driverId, slot) : undefined);
      }
      case 'clear': {
        const held = [...fleet.slots].find(([, { tripId }]) => tripId === call.input.tripId);
        return told(fleet, call, held && freed(fleet, ...held));
      }
      case 'expire': {
        const slot = slotOf(fleet, call.input.driverId);
        const mayBeOver = slot.state === 'offered' && call.answeredUs >= slot.overFromUs;
        if (call.answer?.done === false)
          return slot.state === 'offered' && call.invokedUs >= slot.overByUs ? undefined : fleet;
        return mayBeOver ? freed(fleet, call.input.driverId, slot) : undefined;
      }
      case 'status':
        return setStatus(fleet, call, slotOf(fleet, call.input.driverId));
      case 'read':
        return isRead(slotOf(fleet, call.input.driverId), call.answer) ? fleet : undefined;
    }
  };

  return {
    name: 'driver slot',
    operations: ['reserve', 'confirm', 'decline', 'release', 'clear', 'expire', 'status', 'read'],
    initial: () => ({ slots: new Map(), declined: [] }),
    identify: ({ declined, slots }) =>
      `${[...slots]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([driverId, slot]) => `${driverId} ${Object.values(slot).join(' ')}`)
        .join(';')}|${declined.join(';')}`,
    describe: ({ slots }) =>
      [...slots].map(([driverId, slot]) => `${driverId} ${describeSlot(slot)}`).join(', ') || 'untouched',
    step: (fleet, call) => withOffersOver(fleet, call.answeredUs).flatMap((possible) => stepOne(possible, call) ?? []),
    observes: ({ answer, operation }) =>
      operation === 'read' ||
      (answer !== undefined && ('refused' in answer || 'reason' in answer || isNothing(answer))),
  };
}

function isNothing(answer: NonNullable<SlotCall['answer']>): boolean {
  return ('done' in answer && !answer.done) || ('epoch' in answer && answer.epoch === null);
}

function describeSlot({ epoch, offerId, state, tripId }: Slot): string {
  const about = tripId === null ? '' : ` (trip ${tripId}, offer ${String(offerId)})`;
  return `${state}${about} at epoch ${String(epoch)}`;
}

function withSlot(fleet: Fleet, driverId: string, slot: Slot): Fleet {
  return { ...fleet, slots: new Map(fleet.slots).set(driverId, slot) };
}

function freed(fleet: Fleet, driverId: string, { epoch }: Slot, state: 'available' | 'offline' = 'available'): Fleet {
  const free = { tripId: null, offerId: null, overFromUs: 0, overByUs: Infinity };
  return withSlot(fleet, driverId, { state, epoch: epoch + 1, ...free });
}

/** The fleet, and what it is when offers that may be over by then were ended by somebody unseen. */
function withOffersOver(fleet: Fleet, byUs: number): Fleet[] {
  const possible = [fleet];
  for (const [driverId, slot] of fleet.slots) {
    if (slot.state !== 'offered' || byUs < slot.overFromUs) continue;
    for (const before of [...possible]) possible.push(freed(before, driverId, slot));
  }
  return possible;
}

/** What a call came to that answers whether it was done: `after` if it was. */
function told(
  fleet: Fleet,
  { answer }: { readonly answer: { readonly done: boolean } | undefined },
  after: Fleet | undefined,
): Fleet | undefined {
  if (answer?.done !== false) return after;
  return after === undefined ? fleet : undefined;
}

function declinedText({ driverId, offerId, tripId }: OfferRef): string {
  return `${driverId} ${tripId} ${offerId}`;
}

function reserve(fleet: Fleet, { answer, answeredUs, input, invokedUs }: Of<'reserve'>, slot: Slot, slack: number) {
  const { driverId, offerId, tripId, ttlMs } = input;
  const repeated = slot.state === 'offered' && slot.offerId === offerId && slot.tripId === tripId;
  const declined = fleet.declined.some((text) => text.startsWith(`${driverId} ${tripId} `));
  const taken = [...fleet.slots.values()].some((other) => other.tripId === tripId);
  const free = slot.state === 'available' && !declined && !taken;
  if (answer?.outcome === 'refused') {
    if (free || repeated) return undefined;
    const saysWhy =
      answer.reason === 'not_available' ||
      (slot.state === 'available' &&
        ((answer.reason === 'declined_before' && declined) || (answer.reason === 'trip_has_slot' && taken)));
    return saysWhy ? fleet : undefined;
  }
  if (repeated) return answer && answer.epoch !== slot.epoch ? undefined : fleet;
  if (!free || (answer && answer.epoch !== slot.epoch + 1)) return undefined;
  return withSlot(fleet, driverId, {
    ...{ state: 'offered', tripId, offerId, epoch: slot.epoch + 1 },
    overFromUs: invokedUs + ttlMs * 1_000 - slack,
    overByUs: answeredUs + ttlMs * 1_000 + slack,
  });
}

function confirm(fleet: Fleet, { answer, answeredUs, input, invokedUs }: Of<'confirm'>, slot: Slot): Fleet | undefined {
  const { driverId, offerId, tripId } = input;
  const mine = slot.offerId === offerId && slot.tripId === tripId;
  if (answer?.epoch === null) {
    if (mine && slot.state === 'assigned') return undefined;
    return mine && answeredUs < slot.overFromUs ? undefined : fleet;
  }
  if (!mine) return undefined;
  if (slot.state === 'assigned') return answer && answer.epoch !== slot.epoch ? undefined : fleet;
  if (invokedUs >= slot.overByUs || (answer && answer.epoch !== slot.epoch + 1)) return undefined;
  return withSlot(fleet, driverId, {
    ...slot,
    ...{ state: 'assigned', epoch: slot.epoch + 1, overFromUs: 0, overByUs: Infinity },
  });
}

function decline(fleet: Fleet, call: Of<'decline'>, slot: Slot): Fleet | undefined {
  const { driverId, offerId, tripId } = call.input;
  const text = declinedText(call.input);
  if (fleet.declined.includes(text)) return told(fleet, call, fleet);
  const open = slot.state === 'offered' && slot.offerId === offerId && slot.tripId === tripId;
  if (!open) return told(fleet, call, undefined);
  return told(fleet, call, { ...freed(fleet, driverId, slot), declined: [...fleet.declined, text] });
}

function setStatus(fleet: Fleet, { answer, input: { driverId, to } }: Of<'status'>, slot: Slot): Fleet | undefined {
  if (answer && 'refused' in answer) return slot.state === 'assigned' ? fleet : undefined;
  if (slot.state === 'assigned') return undefined;
  const after = isSettled(slot, to) ? fleet : freed(fleet, driverId, slot, to);
  const now = after === fleet ? slot : after.slots.get(driverId);
  return answer === undefined || (answer.state === now?.state && answer.epoch === now.epoch) ? after : undefined;
}

/** Whether the slot is as the driver wants it: an open offer is the best proof of being available. */
function isSettled({ state }: Slot, to: 'available' | 'offline'): boolean {
  return to === 'available' ? state !== 'offline' : state === 'offline';
}

function isRead(slot: Slot, answer: SlotRead | undefined): boolean {
  return (
    answer === undefined ||
    (answer.state === slot.state &&
      answer.epoch === slot.epoch &&
      answer.tripId === slot.tripId &&
      answer.offerId === slot.offerId)
  );
}
