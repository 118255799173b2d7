import type { MemoryDatabase, MemoryTransaction } from '@rideshare/memory';
import type { MethodStore, PaymentMethod } from '../usecases/ports.ts';
import {
  isActive,
  methodFileOf,
  methodFilesOf,
  paymentMethods,
  putMethod,
  readUnsettledPayments,
} from './payment-tables.memory.ts';
import type { MethodFile } from './payment-tables.memory.ts';

type NewMethod = Parameters<MethodStore['add']>[1];

const isKept = ({ deletedAt }: MethodFile): boolean => deletedAt === null;

function addMethod(tx: MemoryTransaction, { token, ...wanted }: NewMethod): PaymentMethod {
  // a repeat of the request brings the same id and finds its method
  const known = tx.get(paymentMethods, wanted.id);
  if (known) return known.method;
  const kept = methodFilesOf(tx, wanted.riderId).filter(isKept);
  const method = { ...wanted, isDefault: wanted.isDefault ?? kept.length === 0 };
  if (method.isDefault) {
    for (const file of kept.filter((other) => other.method.isDefault)) {
      putMethod(tx, { ...file, method: { ...file.method, isDefault: false } });
    }
  }
  putMethod(tx, { method, token, deletedAt: null });
  return method;
}

/** Whether a payment that is not over would be made by it. */
function isInUse(tx: MemoryTransaction, methodId: string): boolean {
  return readUnsettledPayments(tx).some(
    ({ payment, debts }) =>
      (isActive(payment) && payment.methodId === methodId) ||
      debts.some((debt) => debt.state === 'open' && debt.methodId === methodId),
  );
}

function removeMethod(tx: MemoryTransaction, riderId: string, methodId: string, deletedAt: Date) {
  const file = methodFileOf(tx, riderId, methodId);
  if (!file || !isKept(file)) return 'not_found';
  if (isInUse(tx, methodId)) return 'in_use';
  putMethod(tx, { method: { ...file.method, isDefault: false }, token: null, deletedAt });
  return 'removed';
}

/** The payment methods in memory. */
export function createMemoryMethodStore(database: MemoryDatabase): MethodStore {
  const findOne = (riderId: string, isWanted: (method: PaymentMethod) => boolean) =>
    database.read((reader) => {
      const found = methodFilesOf(reader, riderId).find((file) => isKept(file) && isWanted(file.method));
      return found?.method ?? null;
    });
  return {
    add: (operation, method) => database.atomic(operation, (tx) => addMethod(tx, method)),
    remove: (operation, riderId, methodId) =>
      database.transaction(async (tx) => {
        const outcome = removeMethod(tx, riderId, methodId, operation.at);
        // only the removal is the command's result; a refusal is answered, and kept, as what it is
        if (outcome === 'removed') await operation.seal(tx, null);
        return outcome;
      }),
    list: (riderId, { limit, before }) =>
      database.read((reader) =>
        methodFilesOf(reader, riderId)
          .filter((file) => isKept(file) && (before === undefined || file.method.id < before))
          .map(({ method }) => method)
          .toSorted((a, b) => (a.id < b.id ? 1 : -1))
          .slice(0, limit),
      ),
    find: (riderId, methodId) => findOne(riderId, ({ id }) => id === methodId),
    findDefault: (riderId) => findOne(riderId, ({ isDefault }) => isDefault),
  };
}
