/**
 * What must hold of a world when everything has come to rest, whatever went wrong in it. Each check says which ids break
 * it. The numbers are those of the invariants in docs/architecture/invariants.md.
 */
import type { JournalFile, PaymentFile } from '@rideshare/payment/parts';
import type { StoredTrip } from '@rideshare/trip/parts';
import type { Acknowledged } from '../people/person.ts';
import type { Snapshot, Told } from './snapshot.ts';

/** One broken promise. */
export interface Violation {
  readonly check: string;
  readonly what: string;
}

type Check = (snapshot: Snapshot, acknowledged: readonly Acknowledged[]) => Iterable<string>;

const OPEN = new Set(['requested', 'accepted', 'arrived', 'in_progress']);
const DRIVING = new Set(['accepted', 'arrived', 'in_progress']);
const LEGAL: Readonly<Record<string, readonly string[]>> = {
  requested: ['accepted', 'cancelled', 'expired'],
  accepted: ['arrived', 'cancelled'],
  arrived: ['started', 'cancelled'],
  started: ['completed', 'cancelled'],
  completed: ['rated'],
  cancelled: [],
  expired: [],
  rated: ['rated'],
};

function* duplicates(keys: Iterable<string>): Iterable<string> {
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key)) yield key;
    seen.add(key);
  }
}

const idOf = ({ state }: StoredTrip): string => state.facts.tripId;
const driverOf = ({ state }: StoredTrip): string | undefined =>
  'assignment' in state ? state.assignment?.driverId : undefined;
const withStatus = ({ trips }: Snapshot, statuses: ReadonlySet<string>): StoredTrip[] =>
  trips.filter(({ state }) => statuses.has(state.status));

/** What must hold at any moment: each within one store. */
const ALWAYS: Readonly<Record<string, Check>> = {
  *'1 a driver has one active trip'(snapshot) {
    yield* duplicates(withStatus(snapshot, DRIVING).flatMap((trip) => driverOf(trip) ?? []));
  },
  *'2 a rider has one active trip'(snapshot) {
    yield* duplicates(withStatus(snapshot, OPEN).map(({ state }) => state.facts.riderId));
  },
  *'3 a trip has one slot'({ slots }) {
    yield* duplicates(slots.flatMap(({ tripId }) => tripId ?? []));
  },
  // the slot is taken before the trip takes the driver, and freed after the trip has let them go
  *'3 who drives has the slot'(snapshot) {
    const slotOf = new Map(snapshot.slots.map((slot) => [slot.driverId, slot]));
    for (const trip of withStatus(snapshot, DRIVING)) {
      const slot = slotOf.get(driverOf(trip) ?? '');
      const epoch = 'assignment' in trip.state ? trip.state.assignment?.slotEpoch : undefined;
      if (slot?.state !== 'assigned' || slot.tripId !== idOf(trip) || slot.epoch !== epoch) {
        yield `${idOf(trip)} is ${trip.state.status} at epoch ${String(epoch)}, its driver ${String(slot?.state)} at ${String(slot?.epoch)}`;
      }
    }
  },
  *'4 only legal steps'({ trips }) {
    for (const trip of trips) {
      let before: string | undefined;
      for (const { event } of trip.events) {
        const legal = before === undefined ? ['requested'] : LEGAL[before];
        if (legal?.includes(event.type) !== true) yield `${idOf(trip)}: ${event.type} after ${before ?? 'nothing'}`;
        before = event.type;
      }
      if (trip.events.length !== trip.state.version) yield `${idOf(trip)}: version ${String(trip.state.version)}`;
    }
  },
  *'12 every journal sums to zero'({ journals }) {
    for (const { id, lines } of journals) {
      const sum = lines.reduce((total, { amount }) => total + amount, 0);
      if (sum !== 0) yield `${id}: ${String(sum)}`;
    }
  },
  *'15 captured and refunded within bounds'({ payments }) {
    for (const { payment } of payments) {
      const { id, captured, authorized, refundReserved, refunded } = payment;
      if (captured > authorized || refunded > refundReserved || refundReserved > captured) yield id;
    }
  },
  *'17 money is taken once for a trip'(snapshot) {
    yield* duplicates(snapshot.payments.map(({ payment }) => payment.tripId));
    const done = snapshot.operations.filter(({ op }) => op.kind === 'capture' && op.state === 'done');
    yield* duplicates(done.map(({ paymentId }) => paymentId));
  },
};

/** What must hold when nobody asks for anything any more and everything has had its time. */
const AT_REST: Readonly<Record<string, Check>> = {
  *'5 every trip has ended'(snapshot) {
    for (const trip of withStatus(snapshot, OPEN)) yield `${idOf(trip)} is ${trip.state.status}`;
  },
  *'5 every slot is free'({ slots }) {
    for (const { driverId, state, tripId } of slots) {
      if (state === 'offered' || state === 'assigned') yield `${driverId} is ${state} with ${String(tripId)}`;
    }
  },
  *'8 money follows the end of its trip'({ payments, trips }) {
    const byTrip = new Map(payments.map((file) => [file.payment.tripId, file]));
    for (const trip of trips) {
      const wrong = wrongMoney(trip, byTrip.get(idOf(trip)));
      if (wrong !== undefined) yield `${idOf(trip)}: ${wrong}`;
    }
  },
  *'17 the card gateway took what the ledger says'(snapshot) {
    for (const { payment } of snapshot.payments) {
      const keys = new Set(
        snapshot.operations.filter(({ paymentId }) => paymentId === payment.id).map(({ op }) => op.pspKey),
      );
      const done = snapshot.gateway.filter(({ key, state }) => keys.has(key) && state === 'done');
      const sum = (kind: string) =>
        done.filter((made) => made.kind === kind).reduce((total, { amount }) => total + amount, 0);
      if (payment.methodId === null) continue;
      const [taken, given] = [sum('capture'), sum('refund')];
      if (taken !== payment.captured || given !== payment.refunded) {
        yield `${payment.id}: gateway ${String(taken)} - ${String(given)}, payment ${String(payment.captured)} - ${String(payment.refunded)}`;
      }
      const booked = clearing(snapshot.journals.filter(({ paymentId }) => paymentId === payment.id));
      if (booked !== payment.captured - payment.refunded) yield `${payment.id}: booked ${String(booked)}`;
    }
  },
  *'21 no payment is in doubt'({ payments, operations }) {
    for (const { payment } of payments) if (payment.status === 'unknown') yield payment.id;
    for (const { op } of operations) {
      if (op.state === 'planned' || op.state === 'sent' || op.state === 'unknown') yield `${op.id} is ${op.state}`;
    }
  },
  *'24 what changed was told'(snapshot) {
    const lasts = lastSequences(snapshot.log);
    for (const trip of snapshot.trips) {
      if (lasts.get(`trip:${idOf(trip)}`) !== trip.state.version) yield `trip:${idOf(trip)}`;
    }
    for (const { driverId, epoch } of snapshot.slots) {
      if ((lasts.get(`slot:${driverId}`) ?? 0) !== epoch) yield `slot:${driverId}`;
    }
    for (const { payment } of snapshot.payments) {
      if ((lasts.get(`payment:${payment.id}`) ?? 0) !== payment.version) yield `payment:${payment.id}`;
    }
    for (const [service, { outbox }] of Object.entries(snapshot.queues)) {
      if (outbox.length > 0) yield `${service} has ${String(outbox.length)} unsent`;
    }
  },
  *'25 in order and without gaps'({ log }) {
    const heads = new Map<string, number>();
    for (const { envelope } of log) {
      const { stream, sequence } = envelope;
      if (sequence === 0) continue;
      const head = heads.get(stream) ?? 0;
      if (sequence > head + 1) yield `${stream}: ${String(sequence)} after ${String(head)}`;
      heads.set(stream, Math.max(head, sequence));
    }
  },
  *'26 both are told once of a completed ride'({ messages, trips }) {
    const told = messages.filter(({ message }) => message.kind === 'trip_completed' && message.channel === 'inbox');
    const keys = told.map(({ message }) => `${String(message.tripId)} ${message.userId}`);
    yield* duplicates(keys);
    const known = new Set(keys);
    for (const trip of trips.filter(({ state }) => state.status === 'completed')) {
      for (const person of [trip.state.facts.riderId, driverOf(trip) ?? '']) {
        if (!known.has(`${idOf(trip)} ${person}`)) yield `${idOf(trip)}: ${person} was not told`;
      }
    }
  },
  *'27 consumed is applied, skipped, parked or dead'({ queues }) {
    for (const [service, { counts, dead, parked, retries }] of Object.entries(queues)) {
      if (dead.length > 0) yield `${service}: dead letters ${dead.join('; ')}`;
      if (parked > 0) yield `${service}: ${String(parked)} parked`;
      if (retries > 0) yield `${service}: ${String(retries)} waiting for a retry`;
      for (const count of counts) {
        if (count.consumed !== count.applied + count.skipped + count.parked + count.dead) {
          yield `${service}: ${JSON.stringify(count)}`;
        }
      }
    }
  },
  *'31 what was acknowledged is there'({ trips, payments }, acknowledged) {
    const tripById = new Map(trips.map((trip) => [idOf(trip), trip]));
    const paymentById = new Map(payments.map((file) => [file.payment.id, file]));
    for (const answer of acknowledged) {
      const wrong = missing(answer, tripById, paymentById);
      if (wrong !== undefined) yield `${answer.route} ${answer.path}: ${wrong}`;
    }
  },
};

/** Whether nothing is on its way any more. */
export function isAtRest(stores: Omit<Snapshot, 'log'>): boolean {
  const snapshot = { ...stores, log: [] };
  const inMotion = ['5 every trip has ended', '5 every slot is free', '21 no payment is in doubt'] as const;
  if (inMotion.some((check) => !isEmpty(AT_REST[check]?.(snapshot, []) ?? []))) return false;
  if (snapshot.payments.some(({ payment }) => payment.goal === 'hold')) return false;
  return Object.values(snapshot.queues).every(
    ({ outbox, parked, retries }) => outbox.length === 0 && parked === 0 && retries === 0,
  );
}

function isEmpty(items: Iterable<unknown>): boolean {
  return items[Symbol.iterator]().next().done === true;
}

/** What is broken at this moment, within one store each. */
export function checkNow(stores: Omit<Snapshot, 'log'>): Violation[] {
  return broken(ALWAYS, { ...stores, log: [] }, []);
}

/** What is broken when all has come to rest. */
export function checkAtRest(snapshot: Snapshot, acknowledged: readonly Acknowledged[]): Violation[] {
  return [...checkNow(snapshot), ...broken(AT_REST, snapshot, acknowledged)];
}

function broken(
  checks: Readonly<Record<string, Check>>,
  snapshot: Snapshot,
  acknowledged: readonly Acknowledged[],
): Violation[] {
  return Object.entries(checks).flatMap(([check, run]) =>
    [...run(snapshot, acknowledged)].map((what) => ({ check, what })),
  );
}

function wrongMoney({ state }: StoredTrip, file: PaymentFile | undefined): string | undefined {
  if (!file) return 'no payment';
  const { captured, outstanding, status } = file.payment;
  const due = state.status === 'completed' ? state.total.amount : state.status === 'cancelled' ? state.fee.amount : 0;
  if (captured + outstanding === due && (due > 0 || status === 'voided' || status === 'failed')) return undefined;
  return `${state.status}, due ${String(due)}, captured ${String(captured)}, owed ${String(outstanding)}, ${status}`;
}

/** What the books say has come in from the card gateway. */
function clearing(journals: readonly JournalFile[]): number {
  return journals
    .flatMap(({ lines }) => lines)
    .filter(({ account }) => account.startsWith('gateway:'))
    .reduce((sum, { amount }) => sum + amount, 0);
}

function lastSequences(log: readonly Told[]): Map<string, number> {
  const lasts = new Map<string, number>();
  for (const { envelope } of log) {
    lasts.set(envelope.stream, Math.max(lasts.get(envelope.stream) ?? 0, envelope.sequence));
  }
  return lasts;
}

const REACHED: Readonly<Record<string, string>> = {
  accepted: 'accepted',
  arrived: 'arrived',
  in_progress: 'started',
  completed: 'completed',
  cancelled: 'cancelled',
};

function missing(
  { route, principal, path, sent, body }: Acknowledged,
  trips: ReadonlyMap<string, StoredTrip>,
  payments: ReadonlyMap<string, PaymentFile>,
): string | undefined {
  const userId = principal.kind === 'user' ? principal.userId : '';
  switch (route) {
    case 'requestTrip': {
      const trip = trips.get((body as { readonly id: string }).id);
      return trip?.state.facts.riderId === userId ? undefined : 'there is no such trip of this rider';
    }
    case 'changeTripStatus': {
      const trip = trips.get(path.split('/')[3] ?? '');
      const { status } = sent as { readonly status: string };
      if (trip?.events.some(({ event }) => event.type === REACHED[status]) !== true) return `it never was ${status}`;
      return status === 'accepted' && driverOf(trip) !== userId ? `${String(driverOf(trip))} has it` : undefined;
    }
    case 'refundPayment': {
      const refund = body as { readonly id: string; readonly paymentId: string };
      const known = payments.get(refund.paymentId)?.refunds.some(({ id }) => id === refund.id);
      return known === true ? undefined : 'there is no such refund';
    }
    default:
      return undefined;
  }
}
