import { createMemoryServer } from '@rideshare/memory';
import { createMemoryLog } from '@rideshare/messaging';
import { fakeClock, memoryMeddling, memoryProbe } from '@rideshare/testing';
import type { EventLogHarness, MessagingHarness, MessagingProcess } from '@rideshare/testing';

const PAST_ANY_LEASE_MS = 10_000;

/** The log in memory beside a service's database, on one server or, as a broker is, on one of its own. */
export function memoryHarness(place: 'beside' | 'apart'): MessagingHarness & { asLog(): EventLogHarness } {
  const clock = fakeClock();
  const service = createMemoryServer({ clock });
  const broker = place === 'apart' ? createMemoryServer({ clock }) : undefined;
  const open = (): MessagingProcess => {
    const meddling = memoryMeddling();
    const database = service.connect(meddling.interfere, 'app');
    const log = createMemoryLog({ database: broker?.connect() ?? database, prefix: 'suite' });
    return { database, log, probe: memoryProbe(database, meddling) };
  };
  const pass = (byMs: number): Promise<void> => {
    clock.advance(byMs);
    return Promise.resolve();
  };
  const harness: MessagingHarness = {
    ...open(),
    another: open,
    expireOwners: () => pass(PAST_ANY_LEASE_MS),
    age: pass,
    close: () => Promise.resolve(),
  };
  return { ...harness, asLog: () => ({ ...harness, another: () => open().log }) };
}
