import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { historyInvalid } from './history-error.ts';
import type { Entry, EntryType } from './history.ts';

const TYPES: ReadonlySet<unknown> = new Set<EntryType>(['invoke', 'ok', 'fail', 'info']);
const MEMBERS: ReadonlySet<string> = new Set(['type', 'process', 'key', 'operation', 'atUs', 'value']);
/** Lines are written together until they are as long as this: a system call each would slow down what is recorded. */
const BUFFER_CHARACTERS = 64 * 1024;

/** One entry as a line without its end. */
export function formatEntry({ type, process, key, operation, atUs, value }: Entry): string {
  return JSON.stringify({ type, process, key, operation, atUs, value });
}

/**
 * One entry from its line. `where` names the line in the complaint.
 *
 * @throws `HISTORY_INVALID` with what is wrong.
 */
export function parseEntry(line: string, where: string): Entry {
  const wrong = (what: string, cause?: unknown) => historyInvalid(`${where}: ${what}`, cause);
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw wrong(`not JSON: ${line.slice(0, 80)}`, error);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong('not an object');
  const entry = parsed as Record<string, unknown>;
  if (!TYPES.has(entry['type'])) {
    throw wrong(`type is ${String(entry['type'])}, not invoke, ok, fail or info`);
  }
  for (const member of ['process', 'key', 'operation']) {
    const text = entry[member];
    if (typeof text !== 'string' || text === '') throw wrong(`${member} is not a text`);
  }
  const { atUs } = entry;
  if (typeof atUs !== 'number' || !Number.isSafeInteger(atUs) || atUs < 0) {
    throw wrong('atUs is not a whole number of microseconds');
  }
  const unknown = Object.keys(entry).find((member) => !MEMBERS.has(member));
  if (unknown !== undefined) throw wrong(`${unknown} is no member of an entry`);
  return entry as unknown as Entry;
}

/**
 * The entries of a file of JSON lines, in order.
 *
 * @throws `HISTORY_INVALID` with file, line and what is wrong there; a line that was cut off by a crash counts.
 */
export async function* readHistory(file: string): AsyncGenerator<Entry> {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() !== '') yield parseEntry(line, `${file}:${String(number)}`);
  }
}

/** A file that entries are appended to. */
export interface HistoryWriter {
  /** Takes an entry at once; it reaches the file later. */
  write(entry: Entry): void;
  /**
   * Resolves when everything taken so far has reached the file.
   *
   * @throws the first failure to write.
   */
  close(): Promise<void>;
}

/** Appends to a file of JSON lines; see {@link readHistory}. */
export async function createHistoryWriter(file: string): Promise<HistoryWriter> {
  const handle = await open(file, 'a');
  let buffered = '';
  let written: Promise<unknown> = Promise.resolve();
  const flush = (): void => {
    const text = buffered;
    buffered = '';
    written = written.then(() => handle.appendFile(text));
    written.catch(() => undefined); // close() tells
  };
  return {
    write(entry) {
      buffered += `${formatEntry(entry)}\n`;
      if (buffered.length >= BUFFER_CHARACTERS) flush();
    },
    async close() {
      flush();
      try {
        await written;
      } finally {
        await handle.close();
      }
    },
  };
}
