import { confirmSlot as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { SlotStore } from '../usecases/ports.ts';

export function confirmSlotEndpoint({ slots }: { readonly slots: Pick<SlotStore, 'confirm'> }): Endpoint {
  return endpoint<typeof route, number | undefined>(route, {
    run: ({ operation, body }) => slots.confirm(operation, body),
    respond: (epoch) => ({
      status: 200,
      body: epoch === undefined ? { outcome: 'refused', epoch: null } : { outcome: 'confirmed', epoch },
    }),
  });
}
