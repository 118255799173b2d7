import type { PlantedBug } from '../plot.ts';

const DRIVER = 'services/driver/src';

export const driverBugs: readonly PlantedBug[] = [
  {
    name: 'an older position is news',
    invariants: [11],
    file: `${DRIVER}/domain/positions.ts`,
    find: ` || (knownAt !== undefined && recordedAt <= knownAt.getTime())`,
    replace: ``,
    catchers: [{ tests: `${DRIVER}/domain/positions.unit.test.ts` }],
  },
  {
    name: 'an older position is written over a newer one (PostgreSQL)',
    invariants: [11],
    file: `${DRIVER}/store/position-store.pg.ts`,
    find: `
    where excluded.recorded_at > p.recorded_at`,
    replace: ``,
    catchers: [{ tests: 'services/driver/test/stores.contract.test.ts' }],
  },
  {
    name: 'a position that could not be written takes the place of a later one',
    invariants: [11],
    file: `${DRIVER}/usecases/location-buffer.ts`,
    find: `if (!waiting.has(update.driverId)) waiting.set`,
    replace: `waiting.set`,
    catchers: [{ tests: `${DRIVER}/usecases/location-buffer.unit.test.ts` }],
  },
  {
    name: 'papers count before they are approved',
    invariants: [7],
    file: `${DRIVER}/domain/documents.ts`,
    find: `document.type === type && document.state === 'approved')`,
    replace: `document.type === type)`,
    catchers: [{ tests: `${DRIVER}/domain/documents.unit.test.ts` }, { tests: `${DRIVER}/domain/driver.unit.test.ts` }],
  },
  {
    name: 'papers are approved after their last day',
    invariants: [7],
    file: `${DRIVER}/domain/driver.ts`,
    find: `  if (hasLapsed(document, command.at)) throw documentTransitionNotAllowed('the document has expired meanwhile');
`,
    replace: ``,
    catchers: [{ tests: `${DRIVER}/domain/driver.unit.test.ts` }],
  },
  {
    name: 'a driver acts for another driver',
    invariants: [33],
    file: `${DRIVER}/usecases/viewer.ts`,
    find: `  if (viewer.userId !== driverId) throw driverNotFound();
`,
    replace: ``,
    catchers: [{ tests: 'services/driver/test/drivers.integration.test.ts' }],
  },
];
