import { releaseSlot as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { SlotStore } from '../usecases/ports.ts';

export function releaseSlotEndpoint({ slots }: { readonly slots: Pick<SlotStore, 'release'> }): Endpoint {
  return endpoint<typeof route, boolean>(route, {
    run: ({ operation, body }) => slots.release(operation, body),
    respond: (released) => ({ status: 200, body: { outcome: released ? 'released' : 'refused' } }),
  });
}
