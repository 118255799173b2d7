import { defineTable } from '@rideshare/memory';
import type { MemoryDatabase, MemoryTransaction } from '@rideshare/memory';
import type { PaymentGateway } from '../usecases/ports.ts';
import { answerOf, createSandbox, judge } from './sandbox-gateway.ts';
import type { Made, SandboxOptions, SandboxOutcome, SandboxRecord, SandboxRequest } from './sandbox-gateway.ts';

/** What the gateway remembers of a key, and of what it acted on. */
export interface SandboxFile extends SandboxRecord {
  readonly key: string;
  readonly target: string | null;
  readonly sends: number;
}

/** By key. */
export const sandboxOperations = defineTable<SandboxFile>('sandbox_operations');
/** What was done to a hold or a capture, by its reference; its own key is the first. */
const keysOfReference = defineTable<{ readonly keys: readonly string[] }>('sandbox_operations_by_reference');

function findMade(tx: MemoryTransaction, reference: string): Made | null {
  const [made, ...changes] = (tx.get(keysOfReference, reference)?.keys ?? []).flatMap(
    (key) => tx.get(sandboxOperations, key) ?? [],
  );
  return made?.state === 'done' ? { made, changes: changes.filter(({ state }) => state === 'done') } : null;
}

function put(tx: MemoryTransaction, file: SandboxFile): void {
  tx.put(sandboxOperations, file.key, file);
  for (const reference of [file.reference, file.target]) {
    const { keys } = tx.get(keysOfReference, reference ?? '') ?? { keys: [] };
    if (reference !== null && !keys.includes(file.key)) {
      tx.put(keysOfReference, reference, { keys: [...keys, file.key] });
    }
  }
}

function carryOut(tx: MemoryTransaction, request: SandboxRequest): SandboxOutcome {
  const { key, kind, amount, token = null, target = null } = request;
  const known = tx.get(sandboxOperations, key);
  const sends = (known?.sends ?? 0) + 1;
  if (known && known.state !== 'received') {
    put(tx, { ...known, sends });
    return { answer: answerOf(known), lost: false, slow: false };
  }
  const { state, code, lost, slow } = judge(
    request,
    target === null ? null : findMade(tx, target),
    known !== undefined,
  );
  const reference = known?.reference ?? `sandbox_${String(tx.next('sandbox_operations'))}`;
  const { amount: minor, currency } = amount;
  const file = { key, kind, reference, target, token, amount: minor, currency, state, code, sends };
  put(tx, file);
  return { answer: answerOf(file), lost, slow };
}

/** The sandbox gateway; its memory is on a server of its own or of the service's, and outlives the process that asked it. */
export function createMemorySandboxGateway(database: MemoryDatabase, options: SandboxOptions): PaymentGateway {
  return createSandbox(
    {
      carryOut: (request) => database.transaction((tx) => carryOut(tx, request)),
      find: (key) => database.read((reader) => reader.get(sandboxOperations, key) ?? null),
    },
    options,
  );
}
