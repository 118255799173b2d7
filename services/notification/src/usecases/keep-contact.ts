import type { Operation } from '@rideshare/kernel';
import type { Contact } from '../domain/contact.ts';
import type { ContactStore } from './ports.ts';

/** Learns where a person is reached. */
export function keepContact(
  deps: { readonly contacts: ContactStore },
  operation: Operation<undefined>,
  contact: Contact,
): Promise<void> {
  return deps.contacts.put(operation, contact);
}

/** Learns that an account was closed. */
export function closeContact(
  deps: { readonly contacts: ContactStore },
  operation: Operation<undefined>,
  closed: { readonly userId: string; readonly version: number },
): Promise<void> {
  return deps.contacts.deactivate(operation, closed.userId, closed.version);
}
