export {
  daySchema,
  documentStateSchema,
  documentTypeSchema,
  emptySchema,
  fareLineKindSchema,
  fareLineSchema,
  idSchema,
  moneySchema,
  pageQuerySchema,
  pageSchema,
  paymentStatusSchema,
  pointSchema,
  problemSchema,
  roleSchema,
  slotStateSchema,
  timestampSchema,
  tripStatusSchema,
  vehicleClassSchema,
  verificationSchema,
} from './primitives.ts';
export type { Role, SlotState, TripStatus, VehicleClass } from './primitives.ts';
export { defineRoute } from './route.ts';
export type { Caller, IdempotencyMode, Owner, Ownership, RateClass, Route } from './route.ts';
export { defineEvent, envelopeSchema } from './event.ts';
export type { Envelope, EventData, EventDefinition, Topic } from './event.ts';
export { routeInventory } from './inventory.ts';
export { eventCatalogue, topics } from './catalogue.ts';
export {
  documentSchema,
  driverSchema,
  findNearbyDrivers,
  getDriver,
  getDriverMetrics,
  listDrivers,
  listOffers,
  registerDriver,
  reportLocation,
  reviewDocument,
  setDriverStatus,
  submitDocument,
} from './http/driver.ts';
export { confirmSlot, endOffer, releaseSlot, reserveSlots } from './http/driver-slots.ts';
export { openStream } from './http/gateway.ts';
export { healthSchema } from './http/health.ts';
export type { Health } from './http/health.ts';
export { listNotifications, notificationSchema } from './http/notification.ts';
export {
  addPaymentMethod,
  createPayment,
  deletePaymentMethod,
  getPayment,
  getRiderStanding,
  listPaymentMethods,
  listPayments,
  paymentMethodSchema,
  paymentSchema,
  receiveWebhook,
  refundPayment,
} from './http/payment.ts';
export {
  changeTripStatus,
  createQuote,
  declineOffer,
  getReceipt,
  getTrip,
  getTripRoute,
  getTripTimeline,
  listTripHistory,
  quoteSchema,
  rateTrip,
  requestTrip,
  tripSchema,
} from './http/trip.ts';
export { assignTrip, getTripState } from './http/trip-state.ts';
export {
  deactivateUser,
  getJwks,
  getPreferences,
  getUser,
  grantRole,
  login,
  logout,
  preferencesSchema,
  refreshSession,
  registerUser,
  replacePreferences,
  replaceUser,
  sessionSchema,
  suspendUser,
  userSchema,
} from './http/user.ts';
export {
  driverDocumentReviewed,
  driverDocumentSubmitted,
  driverLocated,
  driverRegistered,
  driverStatusChanged,
  offerSnapshotSchema,
} from './events/driver.ts';
export { notificationChannelSchema, notificationKindSchema, notificationSent } from './events/notification.ts';
export {
  journalLineSchema,
  paymentAuthorized,
  paymentCaptured,
  paymentFailed,
  paymentRefunded,
  paymentVoided,
} from './events/payment.ts';
export {
  tripAccepted,
  tripArrived,
  tripCancelled,
  tripCompleted,
  tripExpired,
  tripRated,
  tripRequested,
  tripStarted,
} from './events/trip.ts';
export { userDeactivated, userRegistered, userUpdated } from './events/user.ts';
export { eventFileName, eventJsonSchema, incompatibilities, renderEventsDocument } from './event-schema.ts';
export { buildOpenApi } from './openapi.ts';
