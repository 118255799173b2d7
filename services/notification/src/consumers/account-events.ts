import { userDeactivated, userRegistered, userUpdated } from '@rideshare/contracts';
import type { Envelope, EventData } from '@rideshare/contracts';
import { on } from '@rideshare/messaging';
import type { Delivery, Subscription } from '@rideshare/messaging';
import { closeContact, keepContact } from '../usecases/keep-contact.ts';
import type { ContactStore } from '../usecases/ports.ts';

type Account = EventData<typeof userUpdated>;

/** Keeps up with accounts: who they are and how they want to be told. */
export function accountEvents(deps: { readonly contacts: ContactStore }): Subscription[] {
  const keep = async (event: Envelope<Account>, delivery: Delivery) => {
    await keepContact(deps, delivery, {
      userId: event.data.userId,
      email: event.data.email,
      firstName: event.data.firstName,
      phone: event.data.phone,
      language: event.data.language,
      wants: event.data.notifications,
      active: event.data.status !== 'deactivated',
      version: event.sequence,
    });
    return 'applied' as const;
  };
  return [
    on(userRegistered, keep),
    on(userUpdated, keep),
    on(userDeactivated, async (event, delivery) => {
      await closeContact(deps, delivery, { userId: event.data.userId, version: event.sequence });
      return 'applied';
    }),
  ];
}
