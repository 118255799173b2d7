import { userDeactivated, userUpdated } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Subscription } from '@rideshare/messaging';
import type { SlotStore } from '../usecases/ports.ts';

/** Suspended and closed accounts take no trips. */
export function onAccountStanding({ slots }: { readonly slots: Pick<SlotStore, 'setStanding'> }): Subscription[] {
  return [
    on(userUpdated, async ({ data }, delivery) => {
      const { status } = data;
      const standing = { suspended: status === 'suspended', deactivated: status === 'deactivated' };
      await slots.setStanding(delivery, data.userId, standing);
      return 'applied';
    }),
    on(userDeactivated, async ({ data }, delivery) => {
      await slots.setStanding(delivery, data.userId, { suspended: false, deactivated: true });
      return 'applied';
    }),
  ];
}
