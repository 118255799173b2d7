import type { Database, PgTransaction } from '@rideshare/postgres';
import type { PaymentGateway } from '../usecases/ports.ts';
import { answerOf, createSandbox, judge } from './sandbox-gateway.ts';
import type {
  Judgement,
  Made,
  SandboxOptions,
  SandboxOutcome,
  SandboxRecord,
  SandboxRequest,
} from './sandbox-gateway.ts';

const COLUMNS = 'kind, reference, target_ref, token, amount, currency, state, code';

async function findMade(tx: PgTransaction, reference: string): Promise<Made | null> {
  const { rows } = await tx.query<SandboxRecord>(
    `select ${COLUMNS} from sandbox_operations where reference = $1 and state = 'done' for update`,
    [reference],
  );
  const [made] = rows;
  if (!made) return null;
  const changes = await tx.query<SandboxRecord>(
    `select ${COLUMNS} from sandbox_operations where target_ref = $1 and state = 'done'`,
    [reference],
  );
  return { made, changes: changes.rows };
}

async function remember(tx: PgTransaction, request: SandboxRequest, { state, code }: Judgement) {
  const { key, kind, amount, token = null, target = null } = request;
  const { rows } = await tx.query<SandboxRecord>(
    `insert into sandbox_operations (key, kind, reference, target_ref, token, amount, currency, state, code)
     values ($1, $2, 'sandbox_' || gen_random_uuid(), $3, $4, $5, $6, $7, $8)
     on conflict (key) do update set state = excluded.state, code = excluded.code, sends = sandbox_operations.sends + 1
     returning ${COLUMNS}`,
    [key, kind, target, token, amount.amount, amount.currency, state, code],
  );
  return rows[0] ? answerOf(rows[0]) : null;
}

async function carryOut(tx: PgTransaction, request: SandboxRequest): Promise<SandboxOutcome> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [request.key]);
  const known = await tx.query<SandboxRecord>(
    `update sandbox_operations set sends = sends + 1 where key = $1 and state <> 'received' returning ${COLUMNS}`,
    [request.key],
  );
  if (known.rows[0]) return { answer: answerOf(known.rows[0]), lost: false, slow: false };
  const arrivedBefore = await tx.query('select from sandbox_operations where key = $1', [request.key]);
  const target = request.target === undefined ? null : await findMade(tx, request.target);
  const judgement = judge(request, target, arrivedBefore.rowCount > 0);
  const { lost, slow } = judgement;
  return { answer: await remember(tx, request, judgement), lost, slow };
}

/** The sandbox gateway; its memory is in PostgreSQL, so that it outlives the process that asked it. */
export function createPgSandboxGateway(database: Database, options: SandboxOptions): PaymentGateway {
  return createSandbox(
    {
      carryOut: (request) => database.transaction((tx) => carryOut(tx, request)),
      async find(key) {
        const { rows } = await database.query<SandboxRecord>(
          `select ${COLUMNS} from sandbox_operations where key = $1`,
          [key],
        );
        return rows[0] ?? null;
      },
    },
    options,
  );
}
