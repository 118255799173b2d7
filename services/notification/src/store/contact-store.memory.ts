import { asMemory, defineTable } from '@rideshare/memory';
import type { MemoryDatabase, TableReader } from '@rideshare/memory';
import type { Contact } from '../domain/contact.ts';
import type { ContactStore } from '../usecases/ports.ts';

/** By person. */
export const contacts = defineTable<Contact>('contacts');

function findMany(reader: TableReader, userIds: readonly string[]): Contact[] {
  return [...new Set(userIds)].flatMap((userId) => reader.get(contacts, userId) ?? []);
}

/** The people in memory. */
export function createMemoryContactStore(database: MemoryDatabase): ContactStore {
  return {
    put: (operation, contact) =>
      database.atomic(operation, (tx) => {
        const known = tx.get(contacts, contact.userId);
        if (!known || known.version < contact.version) tx.put(contacts, contact.userId, contact);
        return undefined;
      }),
    deactivate: (operation, userId, version) =>
      database.atomic(operation, (tx) => {
        const known = tx.get(contacts, userId);
        if (known && known.version < version) {
          tx.put(contacts, userId, { ...known, active: false, email: '', firstName: '', phone: null, version });
        }
        return undefined;
      }),
    findMany: ({ transaction }, userIds) =>
      transaction
        ? Promise.resolve(findMany(asMemory(transaction), userIds))
        : database.read((reader) => findMany(reader, userIds)),
  };
}
