import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseJournal, readJournal } from './journal.ts';

const entry = {
  ...{ at: '2026-03-01T12:00:01.000Z', method: 'POST', route: 'requestTrip', path: '/api/trips', status: 201 },
  body: { anything: true },
};
const line = (changes: object = {}) => JSON.stringify({ ...entry, ...changes });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'journal-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('parseJournal', () => {
  it('reads lines, and takes the answer’s time for the request’s where that is missing', () => {
    const [first, second] = parseJournal(`${line()}\n\n${line({ sentAt: '2026-03-01T12:00:00.000Z', status: 0 })}\n`);
    expect(first).toMatchObject({ route: 'requestTrip', status: 201, ids: {}, at: first?.sentAt });
    expect(second).toMatchObject({ status: 0, sentAt: Date.parse('2026-03-01T12:00:00Z') });
    expect(parseJournal('')).toEqual([]);
  });

  it.each([
    ['no JSON', `${line()}\n{`, /^j, line 2: /],
    ['no time', line({ at: 'noon' }), /^j, line 1: \/at: /],
    ['an unknown method', line({ method: 'BREW' }), /\/method/],
    ['a status that cannot be', line({ status: 1_000 }), /\/status/],
    ['an id that is none', line({ ids: { trip: 'x' } }), /\/ids\/trip/],
  ])('says where there is %s', (_name, text, message) => {
    expect(() => parseJournal(text, 'j')).toThrow(expect.objectContaining({ code: 'JOURNAL_INVALID' }));
    expect(() => parseJournal(text, 'j')).toThrow(message);
  });
});

describe('readJournal', () => {
  it('reads a file, and says which one it cannot read', () => {
    const file = path.join(directory, 'journal.jsonl');
    writeFileSync(file, line());
    expect(readJournal(file)).toHaveLength(1);
    expect(() => readJournal(path.join(directory, 'nowhere'))).toThrow(/nowhere cannot be read/);
  });
});
