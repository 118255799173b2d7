import type { Verification } from '../domain/documents.ts';
import type { DriverPageStart, DriverStore, DriverView } from './ports.ts';

/** One page, and where the next begins. */
export interface DriverPage {
  readonly items: readonly DriverView[];
  readonly next: DriverPageStart | null;
}

/** Drivers in the order in which they registered. */
export async function listDrivers(
  { drivers }: { readonly drivers: Pick<DriverStore, 'list'> },
  query: {
    readonly verification: Verification | undefined;
    readonly after: DriverPageStart | undefined;
    readonly limit: number;
  },
): Promise<DriverPage> {
  // one more than asked for tells whether there is a next page
  const found = await drivers.list({ ...query, limit: query.limit + 1 });
  const items = found.slice(0, query.limit);
  const last = items.at(-1);
  const next =
    last && found.length > query.limit
      ? { registeredAt: last.driver.registeredAt.toISOString(), driverId: last.driver.id }
      : null;
  return { items, next };
}
