import type { PlantedBug } from '../plot.ts';

const TRIP = 'services/trip/src';
const DECIDE = `${TRIP}/domain/decide.ts`;
const decideTests = [{ tests: `${TRIP}/domain/decide.unit.test.ts` }];
const requestTests = [{ tests: `${TRIP}/usecases/request-trip.unit.test.ts` }];
const changeTests = [{ tests: `${TRIP}/usecases/change-trip.unit.test.ts` }];
const storeTests = [{ tests: 'services/trip/test/trip-store.contract.test.ts' }];
const recordTests = [{ tests: 'services/trip/test/records.contract.test.ts' }];
const refusalTests = [{ tests: 'services/trip/test/refusals.integration.test.ts' }];

const steps: readonly PlantedBug[] = [
  {
    name: 'a ride that never began is completed',
    invariants: [4],
    file: DECIDE,
    find: `  if (state.status !== 'in_progress') return refused('TRIP_TRANSITION_NOT_ALLOWED');
  const lines`,
    replace: `  const lines`,
    catchers: decideTests,
  },
  {
    name: 'a rider cancels in the middle of the ride',
    invariants: [4],
    file: DECIDE,
    find: `  if (state.status === 'in_progress' && by !== 'admin') return refused('TRIP_TRANSITION_NOT_ALLOWED');
`,
    replace: ``,
    catchers: decideTests,
  },
  {
    name: 'a second driver is told that the trip is theirs',
    invariants: [3, 6],
    file: DECIDE,
    find: `isOpen(state) && state.assignment.driverId === driverId && state.assignment.offerId === offerId;`,
    replace: `isOpen(state);`,
    catchers: decideTests,
  },
  {
    name: 'a search ends while a driver thinks about an offer',
    invariants: [5, 6],
    file: DECIDE,
    find: `(at >= state.facts.searchUntil && !offerOpen)`,
    replace: `at >= state.facts.searchUntil`,
    catchers: decideTests,
  },
  {
    name: 'a ride that never starts keeps its rider for ever',
    invariants: [5],
    file: DECIDE,
    find: `at >= state.startBy ?`,
    replace: `at === '' ?`,
    catchers: decideTests,
  },
  {
    name: 'one side rates twice',
    invariants: [4],
    file: DECIDE,
    find: `  if (state.ratings[by] !== undefined) return refused('RATING_EXISTS');
`,
    replace: ``,
    catchers: decideTests,
  },
  {
    name: 'a ride starts with any code',
    invariants: [33],
    file: DECIDE,
    find: `  if (!codeMatches) return refused('START_CODE_WRONG');
`,
    replace: ``,
    catchers: decideTests,
  },
  {
    name: 'whoever changes a trip is told what it was before',
    invariants: [32],
    file: `${TRIP}/usecases/change-trip.ts`,
    find: `return { outcome: 'changed', state: to };`,
    replace: `return { outcome: 'changed', state };`,
    catchers: changeTests,
  },
  {
    name: 'a change is carried out on a version that its caller has not seen',
    invariants: [4],
    file: `${TRIP}/usecases/change-trip.ts`,
    find: `state.version !== change.version`,
    replace: `state.version < change.version`,
    catchers: changeTests,
  },
  {
    name: 'an accept whose outcome is unknown gives the slot back',
    invariants: [1, 3],
    file: `${TRIP}/usecases/accept-trip.ts`,
    find: `  const assigned = await assignTrip(deps, operation, { driverId, tripId, offerId, epoch: slot.epoch }, result);`,
    replace: `  const assigned = await assignTrip(deps, operation, { driverId, tripId, offerId, epoch: slot.epoch }, result).catch(
    () => ({ outcome: 'refused' as const }),
  );`,
    catchers: [...changeTests, { seeds: 40 }],
  },
];

const requests: readonly PlantedBug[] = [
  {
    name: 'a ride is requested on the quote of another rider',
    invariants: [33],
    file: `${TRIP}/usecases/request-trip.ts`,
    find: `if (quote?.inputs.riderId !== riderId) throw`,
    replace: `if (!quote) throw`,
    catchers: requestTests,
  },
  {
    name: 'a quote whose price was changed in the table is the price',
    invariants: [9],
    file: `${TRIP}/usecases/request-trip.ts`,
    find: `  if (!deps.quoteSeal.verify(signedTextOf(quote.inputs), quote.signature)) throw tripError('QUOTE_CORRUPT');
`,
    replace: ``,
    catchers: requestTests,
  },
  {
    name: 'a quote is the price after it has expired',
    invariants: [10],
    file: `${TRIP}/usecases/request-trip.ts`,
    find: `  if (isExpired(quote.inputs, timestampOf(operation.at))) throw tripError('QUOTE_EXPIRED');
`,
    replace: ``,
    catchers: requestTests,
  },
  {
    name: 'who owes money rides on',
    invariants: [],
    file: `${TRIP}/usecases/request-trip.ts`,
    find: `  if (owes) throw tripError('PAYMENT_OUTSTANDING');
`,
    replace: ``,
    catchers: requestTests,
  },
  {
    name: 'a stranger reads a trip',
    invariants: [33],
    file: `${TRIP}/usecases/get-trip.ts`,
    find: `if (!trip || (sideOf(trip, viewer.userId) === null && !viewer.isAdmin)) throw`,
    replace: `if (!trip) throw`,
    catchers: refusalTests,
  },
  {
    name: 'the driver is shown the code that the rider is to tell',
    invariants: [33, 35],
    file: `${TRIP}/usecases/trip-view.ts`,
    find: `awaitsStart && trip.facts.riderId === viewer.userId`,
    replace: `awaitsStart`,
    catchers: [{ tests: 'services/trip/test/journey.integration.test.ts' }],
  },
];

const stores: readonly PlantedBug[] = [
  {
    name: 'a step is written over a newer version (PostgreSQL)',
    invariants: [3, 4],
    file: `${TRIP}/store/trip-store.pg.ts`,
    find: `where trips.id = $1 and trips.version = $2`,
    replace: `where trips.id = $1 and $2::integer is not null`,
    catchers: storeTests,
  },
  {
    name: 'a step is written over a newer version (memory)',
    invariants: [3, 4],
    file: `${TRIP}/store/trip-store.memory.ts`,
    find: `        if (stored?.state.version !== from.version) throw new Refused('moved');
`,
    replace: ``,
    catchers: storeTests,
  },
  {
    name: 'a driver has two trips (PostgreSQL)',
    invariants: [1],
    file: 'services/trip/migrations/0001_create_trips.sql',
    find: `create unique index trips_one_open_per_driver`,
    replace: `create index trips_one_open_per_driver`,
    catchers: storeTests,
  },
  {
    name: 'a driver has two trips (memory)',
    invariants: [1],
    file: `${TRIP}/store/trip-store.memory.ts`,
    find: `        if (holder && holder.tripId !== to.facts.tripId) throw new Refused('driver_busy');
`,
    replace: ``,
    catchers: storeTests,
  },
  {
    name: 'a rider has two open trips (PostgreSQL)',
    invariants: [2],
    file: 'services/trip/migrations/0001_create_trips.sql',
    find: `create unique index trips_one_open_per_rider`,
    replace: `create index trips_one_open_per_rider`,
    catchers: storeTests,
  },
  {
    name: 'a rider has two open trips (memory)',
    invariants: [2],
    file: `${TRIP}/store/trip-store.memory.ts`,
    find: `        if (tx.get(claims, to.facts.riderId)) throw new Refused('rider_busy');
`,
    replace: ``,
    catchers: storeTests,
  },
  {
    name: 'a step of a trip is told to nobody',
    invariants: [24],
    file: `${TRIP}/store/trip-store.pg.ts`,
    find: `            if (rowCount === 0) throw new Moved();
            appendTripEvent(tx, eventId, event, to);
`,
    replace: `            if (rowCount === 0) throw new Moved();
`,
    catchers: storeTests,
  },
  {
    name: 'the events of a trip all have one number',
    invariants: [25],
    file: `${TRIP}/store/trip-outbox.ts`,
    find: `sequence: after.version,`,
    replace: `sequence: 1,`,
    catchers: storeTests,
  },
  {
    name: 'start codes are guessed without end (PostgreSQL)',
    invariants: [33],
    file: `${TRIP}/store/start-code-attempts.pg.ts`,
    find: `  where held.locked_until is null or held.locked_until <= clock_timestamp()
`,
    replace: ``,
    catchers: recordTests,
  },
  {
    name: 'start codes are guessed without end (memory)',
    invariants: [33],
    file: `${TRIP}/store/records.memory.ts`,
    find: `if (lockedUntil !== null && lockedUntil > now) {`,
    replace: `if (lockedUntil === '') {`,
    catchers: recordTests,
  },
];

export const tripBugs: readonly PlantedBug[] = [...steps, ...requests, ...stores];
