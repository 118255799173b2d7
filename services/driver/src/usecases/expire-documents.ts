import { toError } from '@rideshare/kernel';
import { decideExpiry } from '../domain/driver.ts';
import type { BeginOperation, DriverStore, Signals } from './ports.ts';

/** Drivers a sweep looks at before it pauses; each is a transaction of its own. */
const DRIVERS_MAX = 200;

interface Deps {
  readonly drivers: Pick<DriverStore, 'withLapsedDocuments' | 'change'>;
  readonly begin: BeginOperation;
  readonly signals: Pick<Signals, 'documentReviewed' | 'failed'>;
}

/** Expires documents whose last day is over, and takes their drivers out of service; true when there is more to do. */
export async function expireDocuments(deps: Deps): Promise<boolean> {
  const today = deps.begin().at.toISOString().slice(0, 'YYYY-MM-DD'.length);
  const due = await deps.drivers.withLapsedDocuments(today, DRIVERS_MAX);
  let done = 0;
  for (const driverId of due) {
    try {
      await expireOf(deps, driverId);
      done += 1;
    } catch (error) {
      // one driver whose documents cannot be expired now must not keep the others in service
      deps.signals.failed('document expiry', toError(error));
    }
  }
  return due.length === DRIVERS_MAX && done > 0;
}

async function expireOf({ drivers, begin, signals }: Deps, driverId: string): Promise<void> {
  const operation = begin();
  let expired = 0;
  await drivers.change(
    operation,
    driverId,
    (driver) => {
      const events = decideExpiry(driver, operation.at);
      expired = events.length;
      return { events };
    },
    () => undefined,
  );
  for (let counted = 0; counted < expired; counted += 1) signals.documentReviewed('expired');
}
