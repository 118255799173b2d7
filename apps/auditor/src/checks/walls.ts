import { findByQuery } from '../check.ts';
import type { Check } from '../check.ts';

/** What refuses to change the rows of tables that only grow; `bits` are those of pg_trigger.tgtype. */
function refusals(tables: readonly string[]): string {
  // 8 delete, 16 update, 32 truncate
  const wanted = tables.flatMap((table) => [
    `('${table}', 24, 'updating or deleting from')`,
    `('${table}', 32, 'truncating')`,
  ]);
  // 2: before the fact; O and A: not switched off
  return `
    select 'table ' || replace(wanted.relation, '"', '') as subject, 'nothing refuses ' || wanted.what || ' it' as detail, '' as versions
    from (values ${wanted.join(', ')}) wanted (relation, bits, what)
    where not exists (
      select from pg_trigger
      where tgrelid = to_regclass(wanted.relation) and not tgisinternal and tgenabled in ('O', 'A')
        and tgtype & wanted.bits = wanted.bits and tgtype & 2 = 2)`;
}

/** Within the ledger: what keeps it append-only is in place and switched on. */
export const ledgerIsAppendOnly: Check = {
  name: 'ledger-append-only',
  rule: 14,
  title: 'updates and deletes of the ledger are refused by the database',
  lookAt: 'the triggers of payment.ledger_journals and payment.ledger_entries in pg_trigger',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select 4 as count`,
      violations: refusals(['payment.ledger_journals', 'payment.ledger_entries']),
    }),
};

/** Within the user store: what operators did to accounts stays written down. */
export const operatorsRecordIsAppendOnly: Check = {
  name: 'operators-record-append-only',
  rule: 36,
  title: 'updates and deletes of the record of what operators did are refused by the database',
  lookAt: 'the triggers of "user".account_audit in pg_trigger',
  scope: 'store',
  run: (look) => findByQuery(look, { count: `select 2 as count`, violations: refusals(['"user".account_audit']) }),
};
