import type { Operation } from '@rideshare/kernel';
import { asPg } from '@rideshare/postgres';
import type { Database, Queryable } from '@rideshare/postgres';
import type { Contact } from '../domain/contact.ts';
import type { ContactStore } from '../usecases/ports.ts';

interface ContactRow {
  readonly user_id: string;
  readonly email: string;
  readonly first_name: string;
  readonly phone: string | null;
  readonly language: string;
  readonly wants_email: boolean;
  readonly wants_sms: boolean;
  readonly wants_push: boolean;
  readonly active: boolean;
  readonly version: number;
}

function toContact(row: ContactRow): Contact {
  return {
    userId: row.user_id,
    email: row.email,
    firstName: row.first_name,
    phone: row.phone,
    language: row.language,
    wants: { email: row.wants_email, sms: row.wants_sms, push: row.wants_push },
    active: row.active,
    version: row.version,
  };
}

const PUT = `
  insert into contacts (user_id, email, first_name, phone, language, wants_email, wants_sms, wants_push, active, version)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  on conflict (user_id) do update set
    email = excluded.email, first_name = excluded.first_name, phone = excluded.phone, language = excluded.language,
    wants_email = excluded.wants_email, wants_sms = excluded.wants_sms, wants_push = excluded.wants_push,
    active = excluded.active, version = excluded.version
  where contacts.version < excluded.version`;

const DEACTIVATE = `
  update contacts set active = false, email = '', first_name = '', phone = null, version = $2
  where user_id = $1 and version < $2`;

/** The people in PostgreSQL. */
export function createPgContactStore(database: Database): ContactStore {
  return {
    put: (operation, contact) =>
      database.atomic(operation, async (tx) => {
        const { active, email, firstName, language, phone, userId, version, wants } = contact;
        await tx.query(
          PUT,
          [userId, email, firstName, phone, language, wants.email, wants.sms, wants.push, active, version],
          { name: 'contacts-put' },
        );
        return undefined;
      }),
    deactivate: (operation, userId, version) =>
      database.atomic(operation, async (tx) => {
        await tx.query(DEACTIVATE, [userId, version]);
        return undefined;
      }),
    async findMany(operation: Operation<undefined>, userIds) {
      const reader: Queryable = operation.transaction ? asPg(operation.transaction) : database;
      const { rows } = await reader.query<ContactRow>(
        'select * from contacts where user_id = any($1::uuid[])',
        [userIds],
        { name: 'contacts-find-many' },
      );
      return rows.map(toContact);
    },
  };
}
