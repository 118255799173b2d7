import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHistoryWriter, formatEntry, parseEntry, readHistory } from './index.ts';
import type { Entry } from './index.ts';

/** A device without room; not every system has it. */
const FULL = '/dev/full';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'histories '));
  file = path.join(folder, 'history.jsonl');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const entryAt = (atUs: number): Entry => ({
  ...{ type: 'invoke', process: 'a', key: 'trip 1', operation: 'accept', atUs },
  value: { offerId: 'é'.repeat(200) },
});

async function read(from: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of readHistory(from)) entries.push(entry);
  return entries;
}

describe('a file of a history', () => {
  it('gives back what was written, in order, also from several sittings', async () => {
    const entries = Array.from({ length: 1_000 }, (_, index) => entryAt(index));
    for (const part of [entries.slice(0, 600), entries.slice(600)]) {
      const writer = await createHistoryWriter(file);
      for (const entry of part) writer.write(entry);
      await writer.close();
    }
    expect(await read(file)).toEqual(entries);
  });

  it('names file, line and fault of a line that is none', async () => {
    const line = formatEntry(entryAt(1));
    await writeFile(file, `${line}\n\n${line.slice(0, 20)}`);
    await expect(read(file)).rejects.toMatchObject({
      code: 'HISTORY_INVALID',
      message: `${file}:3: not JSON: ${line.slice(0, 20)}`,
    });
  });

  (existsSync(FULL) ? it : it.skip)('that cannot be written, says so in the end', async () => {
    const writer = await createHistoryWriter(FULL);
    writer.write(entryAt(1));
    await expect(writer.close()).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  it('that is not there, is an error of the reader', async () => {
    await expect(read(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('parseEntry', () => {
  const whole = { type: 'ok', process: 'a', key: 'k', operation: 'read', atUs: 1 };

  it.each([
    ['[]', 'not an object'],
    ['null', 'not an object'],
    [JSON.stringify({ ...whole, type: 'okay' }), 'type is okay, not invoke, ok, fail or info'],
    [JSON.stringify({ ...whole, process: '' }), 'process is not a text'],
    [JSON.stringify({ ...whole, key: 7 }), 'key is not a text'],
    [JSON.stringify({ ...whole, operation: undefined }), 'operation is not a text'],
    [JSON.stringify({ ...whole, atUs: 1.5 }), 'atUs is not a whole number of microseconds'],
    [JSON.stringify({ ...whole, atUs: '1' }), 'atUs is not a whole number of microseconds'],
    [JSON.stringify({ ...whole, at: 1 }), 'at is no member of an entry'],
  ])('of %s, complains', (line, what) => {
    expect(() => parseEntry(line, 'here')).toThrow(`here: ${what}`);
  });

  it('takes an entry without a value', () => {
    expect(parseEntry(JSON.stringify(whole), 'here')).toEqual(whole);
  });
});
