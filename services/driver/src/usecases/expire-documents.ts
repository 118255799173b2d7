import { decideExpiry } from '../domain/driver.ts';
import type { BeginOperation, DriverStore, Signals } from './ports.ts';

/** Drivers a sweep looks at before it pauses; each is a transaction of its own. */
const DRIVERS_MAX = 200;

/** Expires documents whose last day is over, and takes their drivers out of service; true when there is more to do. */
export async function expireDocuments({
  drivers,
  begin,
  signals,
}: {
  readonly drivers: Pick<DriverStore, 'withLapsedDocuments' | 'change'>;
  readonly begin: BeginOperation;
  readonly signals: Pick<Signals, 'documentReviewed'>;
}): Promise<boolean> {
  const today = begin().at.toISOString().slice(0, 'YYYY-MM-DD'.length);
  const due = await drivers.withLapsedDocuments(today, DRIVERS_MAX);
  for (const driverId of due) {
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
  return due.length === DRIVERS_MAX;
}
