import type { Operation } from '@rideshare/kernel';
import type { Database, Queryable } from '@rideshare/postgres';
import type { MethodStore, PaymentMethod } from '../usecases/ports.ts';

interface MethodRow {
  readonly id: string;
  readonly rider_id: string;
  readonly gateway: string;
  readonly brand: string;
  readonly last4: string;
  readonly is_default: boolean;
}

const COLUMNS = 'id, rider_id, gateway, brand, last4, is_default';

function toMethod(row: MethodRow): PaymentMethod {
  return {
    id: row.id,
    riderId: row.rider_id,
    gateway: row.gateway,
    brand: row.brand,
    last4: row.last4,
    isDefault: row.is_default,
  };
}

// two methods added at once would both see themselves first: the changes of one rider come one after another
async function lockRider(tx: Queryable, riderId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('payment_methods:' || $1, 0))`, [riderId], {
    name: 'method_lock_rider',
  });
}

type NewMethod = Parameters<MethodStore['add']>[1];

async function insertMethod(tx: Queryable, method: NewMethod, at: Date): Promise<PaymentMethod> {
  const { id, riderId, gateway, token, brand, last4, isDefault } = method;
  await lockRider(tx, riderId);
  const before = await tx.query(
    'select from payment_methods where rider_id = $1 and deleted_at is null and id <> $2 limit 1',
    [riderId, id],
    { name: 'method_any' },
  );
  const becomesDefault = isDefault ?? before.rowCount === 0;
  if (becomesDefault) {
    // a repeat changes nothing: another may have become the default since
    await tx.query(
      `update payment_methods set is_default = false
       where rider_id = $1 and is_default and id <> $2 and not exists (select from payment_methods where id = $2)`,
      [riderId, id],
      { name: 'method_undefault' },
    );
  }
  // a repeat of the request brings the same id and finds its method
  const { rows } = await tx.query<MethodRow>(
    `insert into payment_methods (${COLUMNS}, token, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (id) do update set is_default = payment_methods.is_default returning ${COLUMNS}`,
    [id, riderId, gateway, brand, last4, becomesDefault, token, at],
    { name: 'method_insert' },
  );
  return rows[0] ? toMethod(rows[0]) : { ...method, isDefault: becomesDefault };
}

const IN_USE = `
  select exists (
    select from payments where method_id = $1 and status in ('pending', 'authorized', 'unknown')
  ) or exists (
    select from debt_payments where method_id = $1 and state = 'open'
  ) as in_use`;

async function removeMethod(tx: Queryable, riderId: string, methodId: string, at: Date) {
  const found = await tx.query(
    'select from payment_methods where id = $1 and rider_id = $2 and deleted_at is null for update',
    [methodId, riderId],
  );
  if (found.rowCount === 0) return 'not_found';
  const { rows } = await tx.query<{ in_use: boolean }>(IN_USE, [methodId]);
  if (rows[0]?.in_use !== false) return 'in_use';
  await tx.query('update payment_methods set token = null, is_default = false, deleted_at = $2 where id = $1', [
    methodId,
    at,
  ]);
  return 'removed';
}

/** The payment methods in PostgreSQL. */
export function createPgMethodStore(database: Database): MethodStore {
  const findOne = async (condition: string, values: readonly unknown[], name: string) => {
    const { rows } = await database.query<MethodRow>(
      `select ${COLUMNS} from payment_methods where deleted_at is null and ${condition}`,
      values,
      { name },
    );
    return rows[0] ? toMethod(rows[0]) : null;
  };
  return {
    add: (operation, method) => database.atomic(operation, (tx) => insertMethod(tx, method, operation.at)),
    remove: (operation: Operation<null>, riderId, methodId) =>
      database.transaction(async (tx) => {
        const outcome = await removeMethod(tx, riderId, methodId, operation.at);
        // only the removal is the command's result; a refusal is answered, and kept, as what it is
        if (outcome === 'removed') await operation.seal(tx, null);
        return outcome;
      }),
    async list(riderId, { limit, before }) {
      const { rows } = await database.query<MethodRow>(
        `select ${COLUMNS} from payment_methods
         where rider_id = $1 and deleted_at is null and ($3::uuid is null or id < $3) order by id desc limit $2`,
        [riderId, limit, before ?? null],
        { name: 'method_list' },
      );
      return rows.map(toMethod);
    },
    find: (riderId, methodId) => findOne('id = $1 and rider_id = $2', [methodId, riderId], 'method_find'),
    findDefault: (riderId) => findOne('is_default and rider_id = $1', [riderId], 'method_find_default'),
  };
}
