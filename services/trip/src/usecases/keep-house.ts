import type { Housekeeping } from './ports.ts';

/** Removes what nobody needs any more; tells how much. */
export async function keepHouse(deps: {
  readonly housekeeping: Housekeeping;
}): Promise<Readonly<Record<string, number>>> {
  return deps.housekeeping.purge();
}
