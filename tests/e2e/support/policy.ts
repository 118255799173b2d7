import { PLACES } from './client.ts';

/** What somebody is to an object. */
export type Relation = 'self' | 'rider' | 'driver' | 'passenger';
/** A group of callers: everybody with a token is of the people, and has the role of a rider. */
export type Group = 'people' | 'rider' | 'support' | 'admin' | 'service';

/** Whose an object is, who else may touch it, and what the others are told. */
export interface ObjectPolicy {
  /** A person by their account, a driver as such, or a ride and what belongs to it. */
  readonly kind: 'account' | 'driver' | 'ride';
  readonly for: readonly Relation[];
  readonly also?: readonly Group[];
  /** Status and code, the same for another's and for one that does not exist; `empty` is a page without items. */
  readonly refusal: readonly [status: number, code: string] | 'empty';
}

/** What everybody may do by one route. */
export interface Policy {
  /** Of the route inventory; a route may have more than one row. */
  readonly route: string;
  /** `anyone` needs no token; `signed` is known by something else than a token. */
  readonly who: 'anyone' | 'signed' | readonly Group[];
  readonly object?: ObjectPolicy;
  /** `{name}` stands for something of the object, or of the first ride where there is none. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  /** How it goes for who may: success statuses, and codes of refusals that have nothing to do with who asks. */
  readonly then: readonly (number | string)[];
  /** Only tried when everything else has been: it takes somebody's account away. */
  readonly last?: boolean;
}

const people = ['people'] as const;
const account = (also: readonly Group[] = [], relations: readonly Relation[] = ['self']): ObjectPolicy => ({
  ...{ kind: 'account', for: relations, also, refusal: [404, 'USER_NOT_FOUND'] },
});
const driver = (also: readonly Group[] = [], relations: readonly Relation[] = ['self']): ObjectPolicy => ({
  ...{ kind: 'driver', for: relations, also, refusal: [404, 'DRIVER_NOT_FOUND'] },
});
const ride = (code: string, relations: readonly Relation[], also: readonly Group[] = []): ObjectPolicy => ({
  ...{ kind: 'ride', for: relations, also, refusal: [404, code] },
});
/** An offer that is over answers its driver as one that never was. */
const offer: ObjectPolicy = { kind: 'ride', for: ['driver'], refusal: [409, 'OFFER_NOT_AVAILABLE'] };

const ofAccount = { id: '{account}' };
const ofDriver = { id: '{driver}' };
const ofTrip = { id: '{trip}' };
const vehicle = { make: 'Fiat', model: 'Tipo', year: 2022, plate: 'PO-11-CY', color: 'grey', class: 'economy' };
const preferences = {
  ...{ language: 'en', currency: 'EUR', accessibility: [] },
  notifications: { email: true, sms: true, push: true },
};
const nowhere = { pickupLat: 41.15, pickupLng: -8.61, destinationLat: 41.15, destinationLng: -8.61 };
const unused = 'a-refresh-token-that-nobody-was-given';

const users: readonly Policy[] = [
  {
    ...{ route: 'registerUser', who: 'anyone', then: ['EMAIL_TAKEN'] },
    body: { email: '{email}', password: 'long-enough-for-anyone', firstName: 'A', lastName: 'B' },
  },
  { route: 'login', who: 'anyone', body: { email: '{email}', password: '{password}' }, then: [200] },
  { route: 'refreshSession', who: 'anyone', body: { refreshToken: unused }, then: ['REFRESH_TOKEN_INVALID'] },
  { route: 'logout', who: people, body: { refreshToken: unused }, then: [204] },
  { route: 'getJwks', who: 'anyone', then: [200] },
  { route: 'getUser', who: people, object: account(['admin']), params: ofAccount, then: [200] },
  {
    ...{ route: 'replaceUser', who: people, object: account(['admin']), params: ofAccount },
    ...{ body: { firstName: 'Eva', lastName: 'Lopes' }, then: [200, 'USER_DEACTIVATED'] },
  },
  {
    ...{ route: 'deactivateUser', who: people, object: account(['admin']), params: ofAccount },
    ...{ then: [204], last: true },
  },
  {
    ...{ route: 'suspendUser', who: ['admin'], object: account(['admin'], []), params: ofAccount },
    ...{ body: { suspended: false, reason: 'it never was' }, then: [200, 'USER_DEACTIVATED'] },
  },
  { route: 'getPreferences', who: people, object: account(), params: ofAccount, then: [200] },
  {
    ...{ route: 'replacePreferences', who: people, object: account(), params: ofAccount, body: preferences },
    then: [200, 'USER_DEACTIVATED'],
  },
];

const drivers: readonly Policy[] = [
  {
    ...{ route: 'registerDriver', who: people, then: [201, 'DRIVER_EXISTS', 'USER_DEACTIVATED'] },
    body: { licenseNumber: 'L-of-the-policy', vehicle },
  },
  {
    ...{ route: 'getDriver', who: people, params: ofDriver, then: [200] },
    object: driver(['admin'], ['self', 'passenger']),
  },
  { route: 'listDrivers', who: ['admin'], then: [200] },
  {
    ...{ route: 'submitDocument', who: people, object: driver(), params: ofDriver, then: [201] },
    body: { type: 'profile_photo', number: 'of-the-policy', expiresOn: '2035-12-31' },
  },
  {
    ...{ route: 'reviewDocument', who: ['admin'], params: { id: '{driver}', documentId: '{document}' } },
    object: { kind: 'driver', for: [], also: ['admin'], refusal: [404, 'DOCUMENT_NOT_FOUND'] },
    ...{ body: { decision: 'approve' }, then: ['DOCUMENT_TRANSITION_NOT_ALLOWED'] },
  },
  {
    ...{ route: 'setDriverStatus', who: people, object: driver(), params: ofDriver },
    ...{ body: { status: 'offline' }, then: [200] },
  },
  {
    ...{ route: 'reportLocation', who: people, object: driver(), params: ofDriver, then: [202] },
    body: { points: [{ ...PLACES.pickup, recordedAt: '2026-01-01T00:00:00Z' }] },
  },
  { route: 'listOffers', who: people, object: driver(), params: ofDriver, then: [200] },
  { route: 'findNearbyDrivers', who: people, query: 'lat=41.15&lng=-8.61', then: [200] },
  { route: 'getDriverMetrics', who: people, object: driver(['admin']), params: ofDriver, then: [200] },
];

const trips: readonly Policy[] = [
  { route: 'createQuote', who: ['rider'], body: PLACES, then: [201] },
  { route: 'requestTrip', who: ['rider'], body: nowhere, then: ['TRIP_TOO_SHORT'] },
  {
    ...{ route: 'getTrip', who: people, params: ofTrip, then: [200] },
    object: ride('TRIP_NOT_FOUND', ['rider', 'driver'], ['admin']),
  },
  { route: 'listTripHistory', who: people, then: [200] },
  {
    ...{ route: 'changeTripStatus', who: people, params: ofTrip },
    object: ride('TRIP_NOT_FOUND', ['rider', 'driver'], ['admin']),
    ...{ body: { status: 'cancelled' }, then: ['TRIP_TRANSITION_NOT_ALLOWED'] },
  },
  {
    ...{ route: 'changeTripStatus', who: people, params: ofTrip, object: offer },
    ...{ body: { status: 'accepted', offerId: '{offer}' }, then: ['OFFER_NOT_AVAILABLE'] },
  },
  {
    ...{ route: 'declineOffer', who: people, params: { id: '{trip}', offerId: '{offer}' }, object: offer },
    then: ['OFFER_NOT_AVAILABLE'],
  },
  {
    ...{ route: 'getTripRoute', who: people, params: ofTrip, then: [200] },
    object: ride('TRIP_NOT_FOUND', ['rider', 'driver']),
  },
  {
    ...{ route: 'getReceipt', who: people, params: ofTrip, then: [200] },
    object: ride('TRIP_NOT_FOUND', ['rider'], ['admin']),
  },
  {
    ...{ route: 'rateTrip', who: people, params: ofTrip, body: { stars: 5 }, then: [201, 'RATING_EXISTS'] },
    object: ride('TRIP_NOT_FOUND', ['rider', 'driver']),
  },
  {
    ...{ route: 'getTripTimeline', who: ['admin'], params: ofTrip, then: [200] },
    object: ride('TRIP_NOT_FOUND', [], ['admin']),
  },
];

const payments: readonly Policy[] = [
  { route: 'listPaymentMethods', who: people, then: [200] },
  {
    ...{ route: 'addPaymentMethod', who: people, then: ['PAYMENT_TOKEN_INVALID'] },
    body: { gateway: 'sandbox', token: 'tok_that_is_none' },
  },
  {
    ...{ route: 'deletePaymentMethod', who: people, params: { id: '{method}' }, then: [204] },
    object: ride('PAYMENT_METHOD_NOT_FOUND', ['rider']),
  },
  {
    ...{ route: 'createPayment', who: ['rider', 'service'], body: { tripId: '{trip}' }, then: ['PAYMENT_EXISTS'] },
    object: ride('TRIP_NOT_FOUND', ['rider'], ['service']),
  },
  {
    ...{ route: 'listPayments', who: people, query: 'tripId={trip}', then: [200] },
    object: { kind: 'ride', for: ['rider'], also: ['admin'], refusal: 'empty' },
  },
  {
    ...{ route: 'getPayment', who: people, params: { id: '{payment}' }, then: [200] },
    object: ride('PAYMENT_NOT_FOUND', ['rider'], ['admin']),
  },
  {
    ...{ route: 'refundPayment', who: ['admin', 'support'], then: ['REFUND_EXCEEDS_CAPTURE'] },
    object: ride('PAYMENT_NOT_FOUND', [], ['admin', 'support']),
    body: { paymentId: '{payment}', amount: { amount: 100_000_000, currency: 'EUR' }, reason: 'more than there was' },
  },
  {
    ...{ route: 'receiveWebhook', who: 'signed', params: { gateway: 'sandbox' } },
    ...{ body: { id: 'of-the-policy', key: 'none' }, then: ['WEBHOOK_SIGNATURE_INVALID'] },
  },
];

/** Who may do what: one row a public route at least, and none for anything else. `/internal/*` is for nobody from outside. */
export const policies: readonly Policy[] = [
  ...users,
  ...drivers,
  ...trips,
  ...payments,
  { route: 'listNotifications', who: people, then: [200] },
  { route: 'openStream', who: people, then: [200] },
];
