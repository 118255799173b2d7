/** By check: rows that are as they should be, and rows that are not, with what is to be said about them. */
import * as plants from './plants.ts';
import type { Plant } from './stage.ts';
import { RIDE } from './trip-file.ts';

const { account, AMOUNT, counts, dead, DRIVER, ELIGIBLE_UNTIL, entry, histories, hold, id, journal, kept } = plants;
const { LONG_AGO, method, offer, OFFER, offset, op, papers, parked, payment, PAYMENT, profile, quote } = plants;
const { record, RIDER, sandbox, session, slot, token, trip, TRIP, TRIP_2, waiting } = plants;

/** Rows, and what clients were told. */
export interface Planted {
  readonly plants: readonly Plant[];
  readonly journal?: readonly object[];
}

/** What a check passes and what it finds. */
export interface Case {
  readonly rule: number;
  readonly good: Planted;
  readonly bad: readonly (Planted & { readonly finds: RegExp })[];
}

type Rows = readonly (Plant | readonly Plant[])[];
const isPlant = (each: Plant | readonly Plant[]): each is Plant => typeof each[0] === 'string';
const rows = (...list: Rows): Planted => ({ plants: list.flatMap((each) => (isPlant(each) ? [each] : each)) });
const finds = (pattern: RegExp, ...list: Rows) => ({ ...rows(...list), finds: pattern });

const active = { status: 'accepted', completed_at: null, due_at: new Date(Date.now() + 600_000) };
const soon = new Date(Date.now() + 600_000);
const slotChange = (sequence: number, state: string, reason: string, data: object = {}) =>
  record('driver.events', `slot:${String(DRIVER)}`, sequence, 'driver.status_changed', {
    ...{ driverId: DRIVER, state, reason, epoch: sequence, tripId: null, offerId: null, ...data },
  });
const withTrip = { tripId: TRIP, offerId: OFFER };
const shift = [
  slotChange(1, 'available', 'went_available'),
  slotChange(2, 'offered', 'offered', withTrip),
  slotChange(3, 'assigned', 'accepted', withTrip),
];
const tripEvent = (sequence: number) => record('trip.events', `trip:${String(TRIP)}`, sequence, 'trip.changed');
const located = (recordedAt: string) =>
  record('driver.locations', `location:${String(DRIVER)}`, 0, 'driver.located', { driverId: DRIVER, recordedAt });
const position = (recordedAt: string): Plant => [
  'driver.driver_positions',
  { driver_id: DRIVER, recorded_at: recordedAt },
];

const captureBooked = (minor: number, ...more: readonly Plant[]) => [
  journal(),
  entry(1, minor),
  entry(2, -minor, 'EUR', { account: 'platform:commission' }),
  ...more,
];
const refundBooked = (minor: number) => [
  journal({ id: id(60), kind: 'refund' }),
  entry(1, -minor, 'EUR', { journal_id: id(60) }),
  entry(2, minor, 'EUR', { journal_id: id(60), account: 'platform:commission' }),
];
const refund = (done: number): Plant => [
  'payment.refunds',
  { id: id(61), payment_id: PAYMENT, amount: done, done, status: 'done' },
];
const published = (amount: number) =>
  record('payment.events', `payment:${String(PAYMENT)}`, 2, 'payment.captured', {
    paymentId: PAYMENT,
    journal: {
      journalId: plants.JOURNAL,
      lines: [
        { account: 'gateway:sandbox:clearing', amount: { amount, currency: 'EUR' } },
        { account: 'platform:commission', amount: { amount: -amount, currency: 'EUR' } },
      ],
    },
  });

const webhook = (changes: object = {}): Plant => [
  'payment.webhook_events',
  { gateway: 'sandbox', event_id: 'evt-1', psp_key: 'k-capture', received_at: LONG_AGO, ...changes },
];
const registered = record('driver.events', `driver:${String(DRIVER)}`, 1, 'driver.registered', {
  driverId: DRIVER,
  vehicleClass: 'economy',
});
const message = (state: string): Plant => [
  'notification.messages',
  { id: id(800), state, user_id: RIDER, trip_id: TRIP },
];
const told = (userId: unknown = RIDER) =>
  record('notification.events', `message:${id(800)}`, 1, 'notification.sent', {
    messageId: id(800),
    userId,
    tripId: TRIP,
  });
const group = (until: Date): Plant => ['event_log.consumer_groups', { group_name: 'trip', until }];
const old = (topic: string) => record(topic, 'trip:1', 1, 'trip.changed', {}, { log_offset: 0, appended_at: LONG_AGO });
const partition = (changes: object = {}): Plant => [
  'event_log.log_partitions',
  { topic: 'rideshare.trip.events', partition: 0, first: 0, next: 1, ...changes },
];
const tally = (changes: object = {}): Plant => [
  'driver.driver_tallies',
  { driver_id: DRIVER, completed: 1, cancelled: 0, cancelled_by_driver: 0, stars_sum: 0, ratings: 0, ...changes },
];
const earned = (amount: number): Plant => ['driver.driver_earnings', { driver_id: DRIVER, currency: 'EUR', amount }];
const ended = { ended_at: LONG_AGO, end_reason: 'suspended' };
const later = new Date(LONG_AGO.getTime() + 60_000);

const told200 = (changes: object = {}) => ({
  ...{ at: '2026-03-01T12:00:01.000Z', sentAt: '2026-03-01T12:00:00.000Z', method: 'POST', route: 'requestTrip' },
  ...{ path: '/api/trips', principal: `user:${String(RIDER)}`, key: 'key-1', payload: 'p1', status: 201 },
  ...{ ids: { trip: TRIP }, version: 1, state: 'requested', ...changes },
});
const read = (changes: object = {}) =>
  told200({
    method: 'GET',
    route: 'getTrip',
    key: null,
    status: 200,
    at: '2026-03-01T12:00:05.000Z',
    sentAt: '2026-03-01T12:00:04.000Z',
    ...changes,
  });

export const cases: Readonly<Record<string, Case>> = {
  'one-trip-per-driver': {
    rule: 1,
    good: rows(trip(active), trip({ id: TRIP_2 })),
    bad: [
      finds(
        /^driver .* is on the trips .*0001, .*0002$/,
        trip(active),
        trip({ ...active, id: TRIP_2, rider_id: id(50) }),
      ),
    ],
  },
  'one-trip-per-rider': {
    rule: 2,
    good: rows(trip(active), trip({ id: TRIP_2 })),
    bad: [
      finds(
        /^rider .* is on the trips .*0001, .*0002$/,
        trip(active),
        trip({ ...active, id: TRIP_2, driver_id: id(50) }),
      ),
    ],
  },
  'slot-matches-trip': {
    rule: 1,
    good: rows(trip(active), slot()),
    bad: [
      finds(/^trip .* driver .* is assigned to it, and it has no such driver$/, slot()),
      finds(/^trip .* its driver .* is not assigned to it$/, trip(active)),
      finds(/is not assigned to it|has no such driver/, trip(active), slot({ offer_id: id(50) })),
    ],
  },
  'one-assignee': {
    rule: 3,
    good: rows(trip(), histories(...RIDE)),
    bad: [finds(/^trip .* was accepted 2 times, by /, trip(), histories('requested', 'accepted', 'accepted'))],
  },
  'one-slot-per-trip': {
    rule: 3,
    good: rows(slot(), slot({ driver_id: id(50), state: 'available', trip_id: null, offer_id: null })),
    bad: [
      finds(/^trip .* is in the slots of .*0004, .*0050$/, slot(), slot({ driver_id: id(50) })),
      finds(/^slot .* is available with trip /, slot({ state: 'available' })),
    ],
  },
  'trip-carries-its-epoch': {
    rule: 3,
    good: rows(trip(), shift),
    bad: [
      finds(
        /^trip .* was accepted on epoch 2, the slot of driver .* was assigned on epoch 3$/,
        trip({ slot_epoch: 2 }),
        shift,
      ),
    ],
  },
  'slot-epoch-rises': {
    rule: 3,
    good: rows(shift, shift),
    bad: [
      finds(
        /^slot .* epoch 3 follows 1$/,
        slotChange(1, 'available', 'went_available'),
        slotChange(3, 'offered', 'offered'),
      ),
      finds(
        /^slot .* epoch 7 has the sequence 2$/,
        shift.slice(0, 1),
        slotChange(2, 'offered', 'offered', { epoch: 7 }),
      ),
    ],
  },
  'trip-steps': {
    rule: 4,
    good: rows(trip(), histories(...RIDE)),
    bad: [
      finds(/^trip .* accepted at version 1 is not allowed from none$/, trip(), histories('accepted')),
      finds(
        /^trip .* rated at version 3 is not allowed from accepted$/,
        trip(),
        histories('requested', 'accepted', 'rated'),
      ),
    ],
  },
  'trip-is-its-events': {
    rule: 4,
    good: rows(trip(), histories(...RIDE)),
    bad: [
      finds(/^trip .* its status is completed, its events say none$/, trip()),
      finds(
        /^trip .* its driver_id is .*0050, its events say .*0004$/,
        trip({ driver_id: id(50) }),
        histories(...RIDE),
      ),
      finds(/^trip .* its total_amount is 1, its events say/, trip({ total_amount: 1 }), histories(...RIDE)),
    ],
  },
  'slot-steps': {
    rule: 4,
    good: rows(shift, slotChange(4, 'available', 'trip_ended', withTrip)),
    bad: [
      finds(
        /^slot .* assigned \(accepted\) follows available at epoch 2$/,
        shift.slice(0, 1),
        slotChange(2, 'assigned', 'accepted', withTrip),
      ),
      finds(
        /^slot .* available \(offer_declined\) follows assigned/,
        shift,
        slotChange(4, 'available', 'offer_declined', withTrip),
      ),
      finds(
        /^slot .* assigned \(accepted\) follows offered/,
        shift.slice(0, 2),
        slotChange(3, 'assigned', 'accepted', { ...withTrip, offerId: id(50) }),
      ),
    ],
  },
  'slot-is-its-events': {
    rule: 4,
    good: rows(shift, slot()),
    bad: [
      finds(
        /^slot .* is available, none, none, its event at epoch 3 says assigned/,
        shift,
        slot({ state: 'available', trip_id: null, offer_id: null }),
      ),
      finds(/^slot .* is assigned, .*0002, /, shift, slot({ trip_id: TRIP_2 })),
    ],
  },
  'account-is-its-events': {
    rule: 4,
    good: rows(account(), record('user.events', `user:${String(DRIVER)}`, 1, 'user.registered', profile())),
    bad: [
      finds(
        /^user .* is not what its event at version 1 says$/,
        account({ first_name: 'Sam' }),
        record('user.events', `user:${String(DRIVER)}`, 1, 'user.registered', profile()),
      ),
      finds(
        /^user .* is not what/,
        account(),
        record('user.events', `user:${String(DRIVER)}`, 1, 'user.deactivated', { userId: DRIVER }),
      ),
      finds(
        /^driver .* is verified, its event at version 2 says pending$/,
        ['driver.drivers', { driver_id: DRIVER, version: 2, verification: 'verified' }],
        record('driver.events', `driver:${String(DRIVER)}`, 2, 'driver.document_submitted', {
          driverId: DRIVER,
          verification: 'pending',
        }),
      ),
    ],
  },
  'trips-end': {
    rule: 5,
    good: rows(trip(active), trip({ ...active, id: TRIP_2, status: 'in_progress', due_at: LONG_AGO })),
    bad: [
      finds(/^trip .* is still requested, which ran out at/, trip({ status: 'requested', due_at: LONG_AGO })),
      finds(/^trip .* is accepted and has no deadline$/, trip({ status: 'accepted', due_at: null })),
    ],
  },
  'offer-accepted-once': {
    rule: 6,
    good: rows(shift),
    bad: [
      finds(
        /^offer .* was accepted again at epoch 6, first at epoch 3 of slot /,
        ...[shift, slotChange(4, 'available', 'released', withTrip), slotChange(5, 'offered', 'offered', withTrip)],
        slotChange(6, 'assigned', 'accepted', withTrip),
      ),
    ],
  },
  'offer-accepted-in-time': {
    rule: 6,
    good: rows(offer()),
    bad: [finds(/^offer .* was accepted at .*, it expired at/, offer({ ended_at: new Date() }))],
  },
  'trip-has-its-offer': {
    rule: 6,
    good: rows(trip(), offer()),
    bad: [
      finds(/^trip .* is unknown at the driver service$/, trip()),
      finds(/^trip .* is withdrawn at the driver service$/, trip(), offer({ state: 'withdrawn' })),
      finds(/^trip .* is unknown at the driver service$/, trip(), offer({ driver_id: id(50) })),
    ],
  },
  'offered-when-available': {
    rule: 7,
    good: rows(shift),
    bad: [
      finds(
        /^slot .* was offered .*: offered \(offered\) follows offline at epoch 1$/,
        slotChange(1, 'offered', 'offered', withTrip),
      ),
      finds(
        /^slot .* was offered .* follows assigned at epoch 4$/,
        shift,
        slotChange(4, 'offered', 'offered', withTrip),
      ),
    ],
  },
  'no-offer-for-the-barred': {
    rule: 7,
    good: rows(papers(), slot({ state: 'offered', eligible_until: ELIGIBLE_UNTIL })),
    bad: [
      finds(/^driver .* is barred, and the slot is offered$/, slot({ state: 'offered', suspended: true })),
      finds(/^driver .* is barred, and the slot is available$/, slot({ state: 'available' }), [
        'driver.account_standings',
        { user_id: DRIVER, deactivated: true },
      ]),
      finds(
        /^driver .* may drive until .*, by the papers until never$/,
        papers({ state: 'expired' }),
        slot({ eligible_until: ELIGIBLE_UNTIL }),
      ),
      finds(
        /^offer .* was made at .* to driver .*, whose papers ended at/,
        papers(),
        slot({ state: 'offered', eligible_until: new Date(LONG_AGO.getTime() - 1) }),
        offer({ state: 'open', ended_at: null }),
      ),
    ],
  },
  'cancellation-fee': {
    rule: 8,
    good: rows(trip()),
    bad: [
      finds(
        /^trip .* its cancellation fee is 250, the policy says 0 EUR$/,
        trip({
          ...{
            status: 'cancelled',
            cancelled_at: '2026-03-01T12:01:00Z',
            cancelled_from: 'accepted',
            cancelled_by: 'rider',
          },
          fee_amount: 250,
        }),
      ),
    ],
  },
  'charged-for-something': {
    rule: 8,
    good: rows(trip(), payment()),
    bad: [
      finds(/^trip .* payment .* captured \d+, the trip is unknown and owes 0$/, payment()),
      finds(/the trip is completed and owes \d+$/, trip(), payment({ captured: AMOUNT - 1 })),
      finds(
        /the trip is cancelled and owes 0$/,
        trip({ status: 'cancelled', total_amount: null, fee_amount: 0 }),
        payment(),
      ),
      finds(
        /the trip is cancelled and owes 250$/,
        trip({ status: 'cancelled', total_amount: null, fee_amount: 250 }),
        payment({ captured: 251 }),
      ),
    ],
  },
  'fares-recompute': {
    rule: 9,
    good: rows(trip(), quote()),
    bad: [
      finds(/^trip .* its fare is/, trip({ fare_amount: AMOUNT + 1 })),
      finds(/^trip .* its distanceM is 4200, its quote says 4000$/, trip(), quote({ distanceM: 4_000 })),
    ],
  },
  'surge-as-accepted': {
    rule: 10,
    good: rows(trip(), quote()),
    bad: [
      finds(
        /^trip .* its surge is 10000 basis points, its quote said 12000$/,
        trip(),
        quote({ surgeBasisPoints: 12_000 }),
      ),
    ],
  },
  'newest-position-stands': {
    rule: 11,
    good: rows(
      position('2026-03-01T12:00:05Z'),
      located('2026-03-01T12:00:05.000Z'),
      located('2026-03-01T12:00:01.000Z'),
    ),
    bad: [
      finds(
        /^driver .* stands where it was at .*, a position of .* was known$/,
        position('2026-03-01T12:00:01Z'),
        located('2026-03-01T12:00:05.000Z'),
      ),
    ],
  },
  'journals-balance': {
    rule: 12,
    good: rows(journal(), entry(1, 900), entry(2, -700), entry(3, -200)),
    bad: [
      finds(/^journal .* sums to 1 EUR, of payment /, journal(), entry(1, 900), entry(2, -899)),
      finds(/^journal .* sums to -?900 (?:EUR|USD), /, journal(), entry(1, 900), entry(2, -900, 'USD')),
      finds(/^journal .* has no entries, /, journal()),
    ],
  },
  'trial-balance': {
    rule: 13,
    good: rows(entry(1, 900), entry(2, -900)),
    bad: [finds(/^currency EUR all accounts sum to 1$/, entry(1, 900), entry(2, -899))],
  },
  'payments-booked': {
    rule: 13,
    good: rows(payment({ refunded: 100, refund_reserved: 100 }), captureBooked(AMOUNT), refundBooked(100)),
    bad: [
      finds(/^payment .* captured \d+, refunded 0 and is owed 0, the ledger says 0, 0 and 0$/, payment()),
      finds(/the ledger says \d+, 0 and 0$/, payment(), captureBooked(AMOUNT - 1)),
      finds(
        /refunded 100 and is owed 0, the ledger says \d+, 0 and 0$/,
        payment({ refunded: 100 }),
        captureBooked(AMOUNT),
      ),
      finds(
        /refunded 0 and is owed 0, the ledger says \d+, 100 and 0$/,
        payment(),
        captureBooked(AMOUNT),
        refundBooked(100),
      ),
      finds(/is owed 5, the ledger says \d+, 0 and 0$/, payment({ outstanding: 5 }), captureBooked(AMOUNT)),
      finds(/^payment .* is booked in the ledger and is not there$/, captureBooked(AMOUNT)),
    ],
  },
  'ledger-as-published': {
    rule: 14,
    good: rows(captureBooked(AMOUNT), published(AMOUNT)),
    bad: [
      finds(
        /^journal .* of payment .* is no longer as it was published$/,
        captureBooked(AMOUNT - 1),
        published(AMOUNT),
      ),
      finds(/^journal .* of payment .* has lost its entries$/, journal(), published(AMOUNT)),
    ],
  },
  'captured-within-authorized': {
    rule: 15,
    good: rows(payment(), hold(), op()),
    bad: [
      finds(
        /^payment .* authorized \d+, captured \d+$/,
        payment({ captured: AMOUNT + 1 }),
        hold(),
        op({ amount: AMOUNT + 1 }),
      ),
      finds(/^payment .* its operations 0 of \d+ held$/, payment(), hold()),
      finds(/^payment .* its operations \d+ of 0 held$/, payment(), op()),
    ],
  },
  'refunded-within-captured': {
    rule: 16,
    good: rows(payment({ refund_reserved: 9, refunded: 9 }), op({ op: 'refund', amount: 9 }), refund(9)),
    bad: [
      finds(/^payment .* captured \d+, reserved 0, refunded 1$/, payment({ refunded: 1 })),
      finds(/^payment .* refunded 9, its operations 0$/, payment({ refund_reserved: 9, refunded: 9 }), refund(9)),
      finds(
        /^payment .* refunded 9, its refunds 8$/,
        payment({ refund_reserved: 9, refunded: 9 }),
        op({ op: 'refund', amount: 9 }),
        refund(8),
      ),
    ],
  },
  'captured-once': {
    rule: 17,
    good: rows(payment(), op()),
    bad: [
      finds(/^trip .* has 2 payments: /, payment(), payment({ id: id(50) })),
      finds(/^payment .* capture succeeded 2 times$/, payment(), op(), op({ id: id(50) })),
    ],
  },
  'gateway-agrees': {
    rule: 17,
    good: rows(payment(), op(), sandbox('capture')),
    bad: [
      finds(/^payment .* kept \d+, the gateway took 0 and gave back 0$/, payment(), op()),
      finds(
        /^payment .* kept \d+, the gateway took \d+ and gave back 0$/,
        ...[payment(), op(), sandbox('capture'), op({ id: id(50), psp_key: 'k-2' })],
        sandbox('capture', { key: 'k-2', reference: 'r-2' }),
      ),
    ],
  },
  'ledger-divides-payments': {
    rule: 18,
    good: rows(payment(), captureBooked(AMOUNT)),
    bad: [
      finds(
        /^payment .* is divided into driver 0, booking fee 0, commission \d+, the ledger says 0, 0, \d+$/,
        payment(),
        captureBooked(AMOUNT - 1),
      ),
      finds(/^payment .* is divided into driver 300, /, payment({ booked_driver: 300 }), captureBooked(AMOUNT)),
    ],
  },
  'payment-divides-the-total': {
    rule: 18,
    good: rows(trip()),
    bad: [finds(/^trip .* the share_driver of its payment is 0, by its lines it is \d+$/, trip(), payment())],
  },
  'doubt-ends': {
    rule: 21,
    good: rows(op({ state: 'unknown', sent_at: new Date() })),
    bad: [
      finds(/^payment .* capture .* is unknown since/, op({ state: 'unknown', sent_at: LONG_AGO })),
      finds(/^payment .* is unknown, and no operation of it is in doubt$/, payment({ status: 'unknown' })),
    ],
  },
  'webhooks-converge': {
    rule: 22,
    good: rows(webhook(), op()),
    bad: [
      finds(/^payment .* capture .* is unknown, the gateway told of it at/, webhook(), op({ state: 'unknown' })),
      finds(/^event evt-1 of sandbox was taken in 2 times$/, webhook(), webhook()),
    ],
  },
  'ride-settled': {
    rule: 23,
    good: rows(trip(), payment()),
    bad: [
      finds(/^trip .* is completed since .*, its payment is absent$/, trip()),
      finds(/its payment is authorized$/, trip(), payment({ status: 'authorized', captured: 0 })),
      finds(/its payment is voided$/, trip(), payment({ status: 'voided', captured: 0 })),
      finds(
        /^trip .* is expired since .*, its payment is authorized$/,
        trip({ status: 'expired', total_amount: null, completed_at: null, expired_at: LONG_AGO }),
        payment({ status: 'authorized', captured: 0 }),
      ),
    ],
  },
  'holds-let-go': {
    rule: 23,
    good: rows(payment(), hold({ psp_key: 'k-authorize' }), sandbox('authorize'), sandbox('capture')),
    bad: [
      finds(
        /^payment .* holds \d+ since/,
        payment({ status: 'authorized', captured: 0 }),
        hold({ created_at: new Date(Date.now() - 120 * 3_600_000) }),
      ),
      finds(
        /^payment .* is voided, and the gateway holds \d+ under r-authorize$/,
        payment({ status: 'voided' }),
        hold({ psp_key: 'k-authorize' }),
        sandbox('authorize'),
      ),
    ],
  },
  'changes-published': {
    rule: 24,
    good: rows(
      trip({ version: 3 }),
      tripEvent(1),
      tripEvent(2),
      tripEvent(2),
      waiting('trip', `trip:${String(TRIP)}`, 3),
    ),
    bad: [
      finds(/^trip .* is at version 2, its events end at 1$/, trip({ version: 2 }), tripEvent(1)),
      finds(/^trip .* is at version 1, its events end at 0$/, trip({ version: 1 })),
      finds(/^trip .* is at version 1, its events end at 2$/, trip({ version: 1 }), tripEvent(1), tripEvent(2)),
      finds(/^trip .* has events and is not there$/, tripEvent(1)),
      finds(/^payment .* is at version 4/, payment({ version: 4 })),
      finds(/^slot .* is at version 3/, slot({ epoch: 3 })),
    ],
  },
  'published-is-kept': {
    rule: 24,
    good: rows(
      record('trip.events', `trip:${String(TRIP)}`, 1, 'trip.requested', {}, { event_id: id(300_001) }),
      ...[histories('requested'), message('sent'), told()],
    ),
    bad: [
      finds(
        /^trip .* event .* \(trip\.requested\) in the log is not kept at version 1$/,
        record('trip.events', `trip:${String(TRIP)}`, 1, 'trip.requested'),
      ),
      finds(
        /^trip .* event .* in the log is not kept at version 2$/,
        record('trip.events', `trip:${String(TRIP)}`, 2, 'trip.requested', {}, { event_id: id(300_001) }),
        histories('requested'),
      ),
      finds(/^message .* is said to be sent, and is pending$/, message('pending'), told()),
    ],
  },
  'outboxes-drain': {
    rule: 24,
    good: rows(waiting('trip', 'trip:1', 1), waiting('user', 'user:1', 1)),
    bad: [finds(/^event .* waits in the outbox of payment since/, waiting('payment', 'payment:1', 1, LONG_AGO))],
  },
  'order-per-stream': {
    rule: 25,
    good: rows(tripEvent(1), tripEvent(2), tripEvent(1), tripEvent(3)),
    bad: [
      finds(/^trip .* sequence 2 follows nothing$/, tripEvent(2), tripEvent(1)),
      finds(/^trip .* sequence 3 follows 1$/, tripEvent(1), tripEvent(3)),
    ],
  },
  'counted-once': {
    rule: 26,
    good: rows(trip(), tally(), payment({ booked_driver: 70 }), earned(70)),
    bad: [
      finds(/^driver .* counted beside what happened: .* \{1,0,0,0,0\}$/, trip(), tally({ completed: 2 })),
      finds(/^driver .* counted beside what happened: .* \{-1,0,0,0,0\}$/, trip()),
      finds(
        /^driver .* credited 70 EUR beside what was earned$/,
        trip(),
        tally(),
        payment({ booked_driver: 70 }),
        earned(140),
      ),
      finds(/^driver .* credited -70 EUR beside what was earned$/, trip(), tally(), payment({ booked_driver: 70 })),
    ],
  },
  'consumers-add-up': {
    rule: 27,
    good: rows(counts(), offset(15, 5), parked(), dead()),
    bad: [
      finds(/^group trip consumed 10 of 10, told of 9;/, counts({ applied: 5 }), offset(10), parked(), dead()),
      finds(/consumed 10 of 11, told of 10;/, counts(), offset(11), parked(), dead()),
      finds(/consumed 10 of 0,/, counts(), parked(), dead()),
      finds(/parked 1 of 0,/, counts(), offset(10), dead()),
      finds(/dead 1 of 2$/, counts(), offset(10), parked(), dead(), dead()),
    ],
  },
  'partitions-move': {
    rule: 27,
    good: rows(group(soon), offset(1, 0, { topic: 'rideshare.trip.events' }), old('trip.events')),
    bad: [
      finds(
        /^group trip stands at offset 0 of rideshare\.trip\.events\/0, record /,
        group(soon),
        offset(0, 0, { topic: 'rideshare.trip.events' }),
        old('trip.events'),
      ),
      finds(
        /^event .* of trip:1 is parked for group trip since/,
        group(soon),
        parked({ event_id: id(701), stream: 'trip:1', sequence: 2, parked_at: LONG_AGO }),
      ),
    ],
  },
  'events-keep-their-contract': {
    rule: 28,
    good: rows(registered, registered),
    bad: [
      finds(
        /^event .* is of a type or version that nobody knows: trip\.teleported@1$/,
        record('trip.events', 'trip:1', 1, 'trip.teleported'),
      ),
      finds(
        /^event .* breaks driver\.registered@1 at \/driverId, \/vehicleClass/,
        record('driver.events', 'driver:1', 1, 'driver.registered', { other: 1 }),
      ),
      finds(
        /^event .* has members that its contract does not name$/,
        record('driver.events', 'driver:1', 1, 'driver.registered', {
          driverId: DRIVER,
          vehicleClass: 'xl',
          note: 'x',
        }),
      ),
      finds(
        /^event .* has no readable envelope at \/stream$/,
        partition({ topic: 'rideshare.driver.events', next: 1 }),
        record('driver.events', '', 1, 'driver.registered', { driverId: DRIVER, vehicleClass: 'xl' }),
      ),
      finds(
        /^event .* breaks driver\.registered@1 at \/vehicleClass$/,
        partition({ topic: 'rideshare.driver.events', next: 1 }),
        registered,
        record('driver.events', `driver:${String(DRIVER)}`, 1, 'driver.registered', {
          driverId: DRIVER,
          vehicleClass: 'balloon',
        }),
      ),
    ],
  },
  'answers-have-their-effect': {
    rule: 29,
    good: rows(trip(), kept('trip', 'requestTrip', { id: TRIP })),
    bad: [
      finds(
        /^key key-1 of requestTrip by .* was answered with .*0001, which is not there$/,
        kept('trip', 'requestTrip', { id: TRIP }),
      ),
      finds(
        /^key key-1 of requestTrip by .* was answered with .*0001, which another request made$/,
        trip(),
        kept('trip', 'requestTrip', { id: TRIP }, { at: LONG_AGO }),
      ),
      finds(/^key key-1 of refundPayment by .* which is not there$/, kept('payment', 'refundPayment', { id: id(61) })),
    ],
  },
  'same-key-same-answer': {
    rule: 29,
    good: { plants: [], journal: [told200(), told200(), told200({ key: null }), told200({ status: 503, ids: {} })] },
    bad: [
      {
        ...{ plants: [], journal: [told200(), told200({ ids: { trip: TRIP_2 } })] },
        finds: /^key key-1 of requestTrip by .* was answered with 201 trip .*0001 and 201 trip .*0002$/,
      },
    ],
  },
  'one-key-one-payload': {
    rule: 30,
    good: rows(kept('trip', 'requestTrip', { id: TRIP }), kept('trip', 'createQuote', { id: TRIP })),
    bad: [
      finds(
        /^key key-1 of requestTrip by .* is kept in trip with 2 payloads$/,
        kept('trip', 'requestTrip', {}),
        kept('trip', 'requestTrip', {}, { payload_hash: 'hash-2' }),
      ),
    ],
  },
  'other-payload-refused': {
    rule: 30,
    good: { plants: [], journal: [told200(), told200({ payload: 'p2', status: 422, ids: {} })] },
    bad: [
      {
        ...{ plants: [], journal: [told200(), told200({ payload: 'p2' })] },
        finds: /^key key-1 of requestTrip by .* was accepted with 2 payloads$/,
      },
    ],
  },
  'acknowledged-is-kept': {
    rule: 31,
    good: {
      ...rows(trip(), histories(...RIDE)),
      journal: [told200(), told200({ version: 5, state: 'completed', status: 200 })],
    },
    bad: [
      { plants: [], journal: [told200()], finds: /^trip .*0001 was acknowledged and is not there$/ },
      {
        plants: [],
        journal: [told200({ ids: { payment: PAYMENT } })],
        finds: /^payment .* was acknowledged and is not there$/,
      },
      {
        ...{
          ...rows(trip({ version: 2, status: 'accepted' }), histories(...RIDE)),
          journal: [told200({ version: 5, state: 'completed' })],
        },
        finds: /^trip .* is accepted at version 2, acknowledged was completed at version 5$/,
      },
      {
        ...{ ...rows(trip(), histories('requested')), journal: [told200({ version: 3, state: 'arrived' })] },
        finds: /^trip .* is completed at version 5, acknowledged was arrived at version 3$/,
      },
    ],
  },
  'reads-follow-writes': {
    rule: 32,
    good: {
      plants: [],
      journal: [told200(), read(), read({ sentAt: '2026-03-01T12:00:00.500Z', status: 404, version: null })],
    },
    bad: [
      {
        ...{ plants: [], journal: [told200({ version: 3 }), read({ version: 2 })] },
        finds: /^trip .* was shown to user:.* at version 2, after version 3 was acknowledged$/,
      },
      {
        plants: [],
        journal: [told200(), read({ status: 404, version: null })],
        finds: /^trip .* at version 0, after version 1/,
      },
    ],
  },
  'owners-agree': {
    rule: 33,
    good: rows(
      trip(),
      quote(),
      offer(),
      payment(),
      method(),
      told(),
      told(DRIVER),
      kept('trip', 'requestTrip', { id: TRIP }),
    ),
    bad: [
      finds(/^trip .* of rider .* has the quote of rider .*0050$/, trip(), quote({}, { rider_id: id(50) })),
      finds(/^trip .* was offered as one of rider .*0050$/, trip(), offer({ rider_id: id(50) })),
      finds(/^trip .* is driven by its own rider$/, trip({ driver_id: RIDER })),
      finds(/^trip .* is paid by rider .*0050$/, trip(), payment({ rider_id: id(50) })),
      finds(/^payment .* takes the method of rider .*0050$/, payment(), method({ rider_id: id(50) })),
      finds(/^payment .* credits driver .*0050, the trip has driver .*0004$/, trip(), payment({ driver_id: id(50) })),
      finds(/^message .* about trip .* went to .*0050, who is on no side of it$/, trip(), told(id(50))),
      finds(
        /^trip .* was requested by user:.*0050$/,
        trip(),
        kept('trip', 'requestTrip', { id: TRIP }, { principal: `user:${id(50)}` }),
      ),
    ],
  },
  'ended-sessions-stay-ended': {
    rule: 34,
    good: rows(account(), session(), token(), token({ used_at: later })),
    bad: [
      finds(/^user .* is suspended, and session .* goes on$/, account({ status: 'suspended' }), session()),
      finds(
        /^user .* session .* ended at .*, a token of it was issued at/,
        session(ended),
        token({ issued_at: later }),
      ),
      finds(/^user .* session .* ended at .* and used at/, session(ended), token({ used_at: later })),
      finds(/^user .* session .* has 2 tokens that may be used$/, session(), token(), token()),
    ],
  },
  'suspended-off-the-street': {
    rule: 34,
    good: rows(
      account({ status: 'suspended' }),
      slot({ state: 'offline' }),
      account({ id: id(50), status: 'suspended' }),
    ),
    bad: [
      finds(
        /^driver .* is suspended, and the slot is available$/,
        account({ status: 'suspended' }),
        slot({ state: 'available' }),
      ),
    ],
  },
  'nothing-leaks': {
    rule: 35,
    good: rows(
      record('user.events', 'user:1', 1, 'user.registered', profile()),
      ...[trip(), dead({ envelope: { data: profile() } }), kept('user', 'registerUser', profile())],
    ),
    bad: [
      finds(
        /^the headers of event_log\.records, row .* holds a e-mail address$/,
        record('user.events', 'user:1', 1, 'user.registered', {}, { headers: { who: 'pat@example.com' } }),
      ),
      finds(
        /^the data of event_log\.records, row .* holds a card number$/,
        record('trip.events', 'trip:1', 1, 'trip.rated', { comment: 'take 4242 4242 4242 4242' }),
      ),
      finds(
        /^the headers of trip\.outbox, row .* holds a coordinates$/,
        waiting('trip', 'trip:1', 1, new Date(), { at: '41.1579,-8.6291' }),
      ),
      finds(
        /^the code and message of trip\.dead_letters, row .* holds a phone number$/,
        dead({ message: 'cannot text +351 912 345 678' }),
      ),
      finds(
        /^the envelope of trip\.dead_letters, row .* holds a refresh token$/,
        dead({ envelope: { token: `rrt_${'a'.repeat(43)}` } }),
      ),
      finds(
        /^the answers in user\.idempotency_keys, row key-1 holds a access token$/,
        kept('user', 'login', { accessToken: `eyJhbGciOiJFZERTQSJ9.${'a'.repeat(20)}.${'b'.repeat(20)}` }),
      ),
      finds(/^notification\.messages\.last_error, row .* holds a e-mail address$/, [
        'notification.messages',
        { id: id(800), state: 'failed', last_error: 'no mailbox pat@example.com' },
      ]),
      finds(/^title and body of notification\.messages, row .* holds a coordinates$/, [
        'notification.messages',
        { id: id(800), title: 'Here', body: 'at 41.1579, -8.6291' },
      ]),
      finds(/^trip\.timeline_entries\.data, row .* holds a coordinates$/, [
        'trip.timeline_entries',
        { trip_id: TRIP, event_id: id(5), data: { point: { lat: 41.15, lng: -8.62 } } },
      ]),
      finds(
        /^code and reference of payment\.payment_ops, row .* holds a card number$/,
        op({ code: 'refused 5555555555554444' }),
      ),
      finds(
        /^token and brand of payment\.payment_methods, row .* holds a card number$/,
        method({ token: '4242424242424242' }),
      ),
    ],
  },
  'log-has-no-holes': {
    rule: 38,
    good: rows(partition(), old('trip.events')),
    bad: [
      finds(/^partition rideshare\.trip\.events\/0 has 1 of 2 records$/, partition({ next: 2 }), old('trip.events')),
    ],
  },
  'requests-are-answered': {
    rule: 38,
    good: { plants: [], journal: [told200({ status: 0 }), told200(), told200({ key: 'key-2', status: 409 })] },
    bad: [
      {
        ...{ plants: [], journal: [told200({ status: 0, ids: {} }), told200({ status: 503, ids: {} })] },
        finds: /^key key-1 of requestTrip by .* was tried 2 times and got no answer but none, 503$/,
      },
    ],
  },
};
