/** What the log tells of the slots, folded by tables of the auditor's own. */
import type { Finding, Violation } from './check.ts';
import type { Look } from './look.ts';
import type { SlotFacts } from './memory.ts';

/** Events read at a time: bounds memory. */
const BATCH_EVENTS = 20_000;

/** One change of a slot, as it was published. */
export interface SlotEvent extends SlotFacts {
  readonly driverId: string;
  readonly sequence: number;
  readonly reason: string;
}

/** What may follow what, and why. */
const STEPS: Readonly<Partial<Record<string, readonly string[]>>> = {
  'offline available': ['went_available'],
  'available offline': ['went_offline', 'suspended', 'deactivated', 'document_rejected', 'document_expired'],
  'available offered': ['offered'],
  'offered assigned': ['accepted'],
};
const ENDS_OFFER: ReadonlySet<string> = new Set([
  ...['offer_declined', 'offer_expired', 'offer_withdrawn', 'trip_ended'],
  ...['suspended', 'deactivated', 'document_rejected', 'document_expired'],
]);
const ENDS_TRIP: ReadonlySet<string> = new Set(['released', 'trip_ended']);
const FREE: ReadonlySet<string> = new Set(['available', 'offline']);

function isLegal(before: SlotFacts, { offerId, reason, state, tripId }: SlotEvent): boolean {
  const isSameOffer = before.offerId === offerId && before.tripId === tripId;
  if (before.state === 'offered' && FREE.has(state)) return ENDS_OFFER.has(reason);
  if (before.state === 'assigned' && FREE.has(state)) return ENDS_TRIP.has(reason);
  if (!STEPS[`${before.state} ${state}`]?.includes(reason)) return false;
  return before.state !== 'offered' || isSameOffer;
}

/** What the events of all slots come to. */
export interface SlotFold {
  readonly states: ReadonlyMap<string, SlotFacts>;
  readonly findings: Readonly<Record<'epochs' | 'steps' | 'offers' | 'accepted', Finding>>;
}

/** Folds events that come in the order of the log; repeats change nothing. */
export function createSlotFold(known: ReadonlyMap<string, SlotFacts>) {
  const states = new Map<string, SlotFacts>();
  const accepted = new Map<string, string>();
  const epochs: Violation[] = [];
  const steps: Violation[] = [];
  const offers: Violation[] = [];
  const twice: Violation[] = [];
  let checked = 0;

  function follow(before: SlotFacts, event: SlotEvent): void {
    const { driverId, epoch, offerId, reason, state } = event;
    const violation = (detail: string) => ({ subject: `slot ${driverId}`, detail, versions: String(epoch) });
    if (epoch !== before.epoch + 1) epochs.push(violation(`epoch ${String(epoch)} follows ${String(before.epoch)}`));
    if (isLegal(before, event)) return;
    const detail = `${state} (${reason}) follows ${before.state} at epoch ${String(epoch)}`;
    if (state === 'offered') offers.push(violation(`was offered ${offerId ?? 'nothing'}: ${detail}`));
    else steps.push(violation(detail));
  }

  return {
    take(event: SlotEvent): void {
      checked += 1;
      const { driverId, epoch, offerId, sequence } = event;
      const before = states.get(driverId) ?? known.get(driverId);
      if (before && epoch <= before.epoch && sequence <= before.epoch) return;
      if (epoch !== sequence) {
        const detail = `epoch ${String(epoch)} has the sequence ${String(sequence)}`;
        epochs.push({ subject: `slot ${driverId}`, detail, versions: String(epoch) });
      }
      if (before) follow(before, event);
      else if (sequence === 1) follow({ epoch: 0, state: 'offline', tripId: null, offerId: null }, event);
      if (event.reason === 'accepted' && offerId !== null) {
        const first = accepted.get(offerId);
        if (first !== undefined) {
          const detail = `was accepted again at epoch ${String(epoch)}, first at ${first}`;
          twice.push({ subject: `offer ${offerId}`, detail, versions: String(epoch) });
        }
        accepted.set(offerId, `epoch ${String(epoch)} of slot ${driverId}`);
      }
      states.set(driverId, event);
    },
    result(): SlotFold {
      const finding = (violations: readonly Violation[]): Finding => ({ checked, violations });
      return {
        states,
        findings: {
          epochs: finding(epochs),
          steps: finding(steps),
          offers: finding(offers),
          accepted: finding(twice),
        },
      };
    },
  };
}

interface EventRow {
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: number;
  readonly event: SlotEvent;
}

/** Folds the slot events of a look, once. */
export function foldSlots(look: Look): Promise<SlotFold> {
  return look.once('slots', async () => {
    const fold = createSlotFold(look.memory.slots);
    let last: Pick<EventRow, 'log_offset' | 'partition' | 'topic'> = { topic: '', partition: 0, log_offset: 0 };
    for (;;) {
      const { rows } = await look.tx.query<EventRow>(
        `select topic, partition, log_offset, jsonb_build_object('driverId', envelope -> 'data' -> 'driverId',
           'sequence', envelope -> 'sequence', 'epoch', envelope -> 'data' -> 'epoch', 'state', envelope -> 'data' -> 'state',
           'reason', envelope -> 'data' -> 'reason', 'tripId', envelope -> 'data' -> 'tripId',
           'offerId', envelope -> 'data' -> 'offerId') as event
         from ${look.records('driver.events')} records
         where type = 'driver.status_changed' and (topic, partition, log_offset) > ($1, $2, $3)
         order by topic, partition, log_offset limit $4`,
        [last.topic, last.partition, last.log_offset, BATCH_EVENTS],
      );
      for (const { event } of rows) fold.take(event);
      const end = rows.at(-1);
      if (!end || rows.length < BATCH_EVENTS) return fold.result();
      last = end;
    }
  });
}
