import type { PlantedBug } from '../plot.ts';

const DRIVER = 'services/driver/src';
const SLOTS = 'services/driver/test/slots.contract.test.ts';
// without the long walks of the models, which catch the same later
const slotTests = [{ tests: SLOTS, named: '^PostgreSQL, as a slot store' }];
const memoryTests = [{ tests: SLOTS, named: '^memory, as a slot store' }];
const storeTests = [...slotTests, { tests: 'services/driver/test/stores.contract.test.ts' }];
const sweepTests = [{ tests: `${DRIVER}/usecases/sweep-slots.unit.test.ts` }];
const ruleTests = [{ tests: `${DRIVER}/domain/slot.unit.test.ts` }];

const inPostgres: readonly PlantedBug[] = [
  {
    name: 'an offer is accepted after it expired (PostgreSQL)',
    invariants: [6],
    file: `${DRIVER}/store/slot-store.pg.ts`,
    find: ` and s.offer_id = $3
    and s.expires_at > clock_timestamp()`,
    replace: ` and s.offer_id = $3`,
    catchers: slotTests,
  },
  {
    name: 'the offer of another trip is accepted',
    invariants: [3, 6],
    file: `${DRIVER}/store/slot-store.pg.ts`,
    find: `if (slot?.offerId !== offerId || slot.tripId !== tripId) return undefined;`,
    replace: `if (!slot) return undefined;`,
    catchers: slotTests,
  },
  {
    name: 'a slot is freed by who knows an old epoch (PostgreSQL)',
    invariants: [3],
    file: `${DRIVER}/store/slot-store.pg.ts`,
    find: `slot.tripId === tripId && slot.epoch === epoch;`,
    replace: `slot.tripId === tripId && epoch >= 0;`,
    catchers: slotTests,
  },
  {
    name: 'a driver who has an offer is reserved again',
    invariants: [1, 7],
    file: `${DRIVER}/store/reserve-slots.pg.ts`,
    find: `s.state = 'available' and not s.suspended`,
    replace: `s.state <> 'assigned' and not s.suspended`,
    catchers: slotTests,
  },
  {
    name: 'a driver without valid papers is reserved (PostgreSQL)',
    invariants: [7],
    file: `${DRIVER}/store/reserve-slots.pg.ts`,
    find: `
    and s.eligible_until > clock_timestamp()`,
    replace: ``,
    catchers: storeTests,
  },
  {
    name: 'a driver who declined is asked again',
    invariants: [],
    file: `${DRIVER}/store/reserve-slots.pg.ts`,
    find: `d.trip_id = i.trip_id and d.state = 'declined')\`);`,
    replace: `d.trip_id = i.trip_id and d.state = 'never')\`);`,
    catchers: slotTests,
  },
  {
    name: 'an offer that was over is opened again (PostgreSQL)',
    invariants: [6],
    file: `${DRIVER}/store/reserve-slots.pg.ts`,
    find: `
    and not exists (select 1 from offers o where o.offer_id = i.offer_id)`,
    replace: ``,
    catchers: slotTests,
  },
  {
    name: 'two drivers hold one trip',
    invariants: [3],
    file: 'services/driver/migrations/0002_slots.sql',
    find: `create unique index driver_slots_one_per_trip`,
    replace: `create index driver_slots_one_per_trip`,
    catchers: [...slotTests, { tests: 'services/driver/test/slot-races.integration.test.ts' }],
  },
  {
    name: 'a slot changes and keeps its epoch (PostgreSQL)',
    invariants: [3],
    file: 'services/driver/migrations/0002_slots.sql',
    find: `if new.epoch <> old.epoch + 1 then`,
    replace: `if new.epoch < old.epoch then`,
    catchers: [...slotTests, { tests: 'services/driver/test/slot-races.integration.test.ts' }],
  },
  {
    name: 'who was suspended during a trip is free again after it',
    invariants: [7, 34],
    file: `${DRIVER}/store/slot-rows.pg.ts`,
    find: ` or s.pending_offline or s.suspended`,
    replace: ``,
    catchers: slotTests,
  },
  {
    name: 'who is suspended stays in service',
    invariants: [7, 34],
    file: `${DRIVER}/store/slot-store.pg.ts`,
    find: `  if (suspended) await leaveService(context, slot, standing.deactivated ? 'deactivated' : 'suspended');
`,
    replace: ``,
    catchers: slotTests,
  },
  {
    name: 'a closed account is opened by the end of its suspension',
    invariants: [34],
    file: `${DRIVER}/store/slot-store.pg.ts`,
    find: `where user_id = $1 and suspended and not deactivated'`,
    replace: `where user_id = $1 and suspended'`,
    catchers: storeTests,
  },
  {
    name: 'a change of a slot is told to nobody',
    invariants: [24],
    file: `${DRIVER}/store/slot-changes.pg.ts`,
    find: `    changes.map((change) => slotChangedEvent(operation, change)),
`,
    replace: `    changes.slice(changes.length).map((change) => slotChangedEvent(operation, change)),
`,
    catchers: slotTests,
  },
];

const inMemory: readonly PlantedBug[] = [
  {
    name: 'an offer is accepted after it expired (memory)',
    invariants: [6],
    file: `${DRIVER}/store/slot-store.memory.ts`,
    find: `if (slot.state !== 'offered' || isDeadOffer(slot, context.tx.database.now())) return undefined;
  const to`,
    replace: `if (slot.state !== 'offered') return undefined;
  const to`,
    catchers: memoryTests,
  },
  {
    name: 'a slot is freed by who knows an old epoch (memory)',
    invariants: [3],
    file: `${DRIVER}/store/slot-store.memory.ts`,
    find: `slot.tripId === tripId && slot.epoch === epoch;`,
    replace: `slot.tripId === tripId && epoch >= 0;`,
    catchers: memoryTests,
  },
  {
    name: 'a slot changes and keeps its epoch (memory)',
    invariants: [3],
    file: `${DRIVER}/store/slot-changes.memory.ts`,
    find: `epoch: before.epoch + 1, changedAt`,
    replace: `epoch: before.epoch, changedAt`,
    catchers: memoryTests,
  },
  {
    name: 'an offer that was over is opened again (memory)',
    invariants: [6],
    file: `${DRIVER}/store/reserve-slots.memory.ts`,
    find: `return reason ?? (tx.get(offers, offerId) ? 'not_available' : undefined);`,
    replace: `return reason ?? (offerId === '' ? 'not_available' : undefined);`,
    catchers: memoryTests,
  },
];

const rules: readonly PlantedBug[] = [
  {
    name: 'who is suspended is offered a trip',
    invariants: [7, 34],
    file: `${DRIVER}/domain/slot.ts`,
    find: `  if (slot.suspended) return 'suspended';
`,
    replace: ``,
    catchers: [...ruleTests, ...memoryTests],
  },
  {
    name: 'who has no valid papers goes available',
    invariants: [7],
    file: `${DRIVER}/domain/slot.ts`,
    find: `  if (!slot.eligible) return { outcome: 'refused', error: driverNotVerified() };
`,
    replace: ``,
    catchers: [...ruleTests, ...memoryTests],
  },
  {
    name: 'the sweep frees an assignment when the trip service does not answer',
    invariants: [1, 3],
    file: `${DRIVER}/usecases/sweep-slots.ts`,
    find: `const answer = await trips.assign(assignment);`,
    replace: `const answer = await trips.assign(assignment).catch(() => 'refused' as const);`,
    catchers: sweepTests,
  },
  {
    name: 'an assignment that nobody confirmed is never looked at',
    invariants: [5],
    file: `${DRIVER}/usecases/sweep-slots.ts`,
    find: `  await askAbout(deps, unsettled, rollForward);
`,
    replace: ``,
    catchers: sweepTests,
  },
  {
    name: 'an offer past its time is never ended',
    invariants: [5],
    file: `${DRIVER}/usecases/sweep-slots.ts`,
    find: `const expired = await deps.slots.expireOffers(deps.begin(), ROWS_MAX);`,
    replace: `const expired = 0;`,
    catchers: [...sweepTests, { tests: SLOTS, named: '^memory, swept' }],
  },
];

export const slotBugs: readonly PlantedBug[] = [...inPostgres, ...inMemory, ...rules];
