import { Client } from 'pg';
import { eventually } from './client.ts';
import type { Platform } from './platform.ts';

/** What has to be written for a process to be held: rows of a table that fulfil a condition on `new`, and `old`. */
export interface Place {
  /** Schema and name, `payment.payment_ops`. */
  readonly table: string;
  readonly when: string;
  /** Whether who waited there writes after all, once it is open: another process than the one that is killed. */
  readonly goesThrough?: boolean;
}

/** Places in sagas that no process gets past. */
export interface Gates {
  /** Settles once a process waits at the gate of this index: its step is decided, and nothing of it is written. */
  reached(index: number): Promise<void>;
  /** Lets everybody through, but not who waited: that transaction ends as its process did. Opened twice is opened once. */
  open(): Promise<void>;
}

const FIRST_LOCK = 7_000;
let gates = 0;

interface Gate {
  readonly name: string;
  /** Whoever waits at the gate holds this lock. */
  readonly lock: number;
  readonly place: Place;
}

const holdersOf = (lock: number) => `select pid from pg_locks where locktype = 'advisory' and objid = ${String(lock)}`;

async function close(client: Client, { lock, name, place }: Gate, closedBy: number): Promise<void> {
  await client.query(`
    create function public.${name}() returns trigger language plpgsql security definer as $$
    begin
      if ${place.when} then
        perform pg_advisory_xact_lock_shared(${String(lock)});
        while exists (${holdersOf(closedBy)}) loop perform pg_sleep(0.02); end loop;
      end if;
      return new;
    end $$`);
  await client.query(
    `create trigger ${name} before insert or update on ${place.table} for each row execute function public.${name}()`,
  );
}

/**
 * Holds every transaction that is about to write at one of `places`, by triggers of ours. The platform has no code for it:
 * what is killed there is what runs anywhere.
 *
 * A trigger sleeps for as long as our connection holds a lock; it does not wait for that lock, since the platform gives up
 * locks sooner than statements.
 */
export async function closeGates({ databaseUrl }: Platform, places: readonly Place[]): Promise<Gates> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const closed = places.map((place): Gate => {
    gates += 1;
    return { name: `gate_${String(gates)}`, lock: FIRST_LOCK + gates, place };
  });
  gates += 1;
  const closedBy = FIRST_LOCK + gates;
  await client.query(`select pg_advisory_lock(${String(closedBy)})`);
  for (const gate of closed) await close(client, gate, closedBy);
  const waiting = new Set<number>();
  const look = async ({ lock, place }: Gate): Promise<true | undefined> => {
    const { rows } = await client.query<{ pid: number }>(holdersOf(lock));
    if (place.goesThrough !== true) for (const { pid } of rows) waiting.add(pid);
    return rows.length > 0 || undefined;
  };
  let opening: Promise<void> | undefined;
  const open = async (): Promise<void> => {
    await client.query('select pg_terminate_backend(pid, 5000) from unnest($1::int[]) as pid', [[...waiting]]);
    await client.query(`select pg_advisory_unlock(${String(closedBy)})`);
    for (const { name, place } of closed) {
      await client.query(`drop trigger ${name} on ${place.table}`);
      await client.query(`drop function public.${name}()`);
    }
    await client.end();
  };
  return {
    async reached(index) {
      const gate = closed[index];
      if (!gate) throw new RangeError(`there is no gate ${String(index)}`);
      await eventually(`a write of ${gate.place.table} where ${gate.place.when}`, () => look(gate));
    },
    open: () => (opening ??= open()),
  };
}

/** Reads the database behind the platform's back. */
export async function look<Row extends object>(
  { databaseUrl }: Platform,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(text, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}
