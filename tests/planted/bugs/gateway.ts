import type { PlantedBug } from '../plot.ts';

const GATEWAY = 'services/gateway/src';
const refusalTests = [{ tests: 'services/gateway/test/refusals.integration.test.ts' }];

export const gatewayBugs: readonly PlantedBug[] = [
  {
    name: 'the gateway serves routes that are for services alone',
    invariants: [33],
    file: `${GATEWAY}/app.ts`,
    find: `routeInventory.filter(({ callers }) => !callers.includes('internal'))`,
    replace: `routeInventory.filter(({ callers }) => callers.length > 0)`,
    catchers: refusalTests,
  },
  {
    name: 'the gateway passes on what callers say of where they are',
    invariants: [],
    file: `${GATEWAY}/clients/service-proxy.ts`,
    find: `  for (const name of outgoing.getHeaderNames()) if (FORWARDING.test(name)) outgoing.removeHeader(name);
`,
    replace: ``,
    catchers: [...refusalTests, { tests: 'services/gateway/test/limits.integration.test.ts' }],
  },
  {
    name: 'a rider is shown where a driver of another is',
    invariants: [33],
    file: `${GATEWAY}/usecases/active-trips.ts`,
    find: `return trip?.driverId === driverId ? trip.riderId : undefined;`,
    replace: `return driverId === '' ? undefined : trip?.riderId;`,
    catchers: [{ tests: 'services/gateway/test/live-stream.integration.test.ts' }],
  },
  {
    name: 'who comes back to a stream is shown again what they have seen',
    invariants: [26],
    file: `${GATEWAY}/domain/stream-cursor.ts`,
    find: `return offset <= (cursor.get(lane) ?? -1);`,
    replace: `return offset < (cursor.get(lane) ?? -1);`,
    catchers: [{ tests: `${GATEWAY}/domain/stream-cursor.unit.test.ts` }],
  },
  {
    name: 'a stream goes on after its token has run out',
    invariants: [34],
    file: `${GATEWAY}/usecases/live-streams.ts`,
    find: `if (stream.expiresAtMs <= nowMs) this`,
    replace: `if (stream.expiresAtMs <= 0) this`,
    catchers: [{ tests: `${GATEWAY}/usecases/live-streams.unit.test.ts` }],
  },
];
