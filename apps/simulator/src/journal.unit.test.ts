import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { journalLine, openJournal } from './journal.ts';
import type { Exchange } from './journal.ts';

const TRIP = '01990000-0000-7000-8000-000000000001';
const token = (claims: unknown) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
const requested: Exchange = {
  route: { id: 'requestTrip', method: 'POST' },
  path: '/api/trips',
  params: {},
  key: 'k-1',
  token: token({ sub: 'rider-1' }),
  sent: { b: 1, a: 'secret' },
  status: 201,
  answer: { id: TRIP, status: 'requested', version: 1 },
  sentAtMs: Date.UTC(2026, 2, 1) + 0.9,
  answeredAtMs: Date.UTC(2026, 2, 1) + 1.1,
};
const parse = (exchange: Partial<Exchange>) =>
  JSON.parse(journalLine({ ...requested, ...exchange })) as Record<string, unknown>;

describe('journalLine', () => {
  it('tells who asked for what and what the answer is about, without what was sent', () => {
    const line = journalLine(requested);
    expect(line.endsWith('}\n')).toBe(true);
    expect(line).not.toContain('secret');
    expect(JSON.parse(line)).toEqual({
      ...{ at: '2026-03-01T00:00:00.002Z', sentAt: '2026-03-01T00:00:00.000Z', method: 'POST', route: 'requestTrip' },
      ...{ path: '/api/trips', principal: 'user:rider-1', key: 'k-1', payload: expect.stringMatching(/^[\da-f]{32}$/) },
      ...{ status: 201, ids: { trip: TRIP }, version: 1, state: 'requested' },
    });
  });

  it('digests the same body the same way, whatever the order of its members', () => {
    const digest = (sent: unknown) => parse({ sent })['payload'];
    expect(digest({ a: 'secret', b: 1 })).toBe(digest(requested.sent));
    expect(digest({ a: 'secret', b: 2 })).not.toBe(digest(requested.sent));
    expect(parse({ sent: undefined })).not.toHaveProperty('payload');
  });

  it.each([
    ['registerUser', { id: 'x' }, { account: 'x' }],
    ['addPaymentMethod', { id: 'x' }, { method: 'x' }],
    ['registerDriver', { id: 'x' }, { driver: 'x' }],
    ['submitDocument', { id: 'x' }, { document: 'x' }],
    ['login', { user: { id: 'x' } }, {}],
    ['rateTrip', { tripId: 'x' }, { trip: 'p' }],
    ['declineOffer', undefined, { trip: 'p' }],
    ['reportLocation', { accepted: 1 }, {}],
  ])('knows what an answer of %s is about', (id, answer, ids) => {
    expect(parse({ route: { id, method: 'POST' }, params: { id: 'p' }, answer })['ids']).toEqual(ids);
  });

  it('names nothing where nothing was done', () => {
    expect(parse({ status: 503, answer: undefined })).toMatchObject({ status: 503, ids: {} });
    expect(parse({ status: 0, answer: undefined })).not.toHaveProperty('version');
  });

  it.each([[undefined], ['nonsense'], [token({ sub: 5 })]])('does not know who asked with %p', (bad) => {
    expect(parse({ token: bad, key: undefined })).not.toHaveProperty('principal');
    expect(parse({ token: bad, key: undefined })).not.toHaveProperty('payload');
  });
});

describe('a journal', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'journal-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('has a line at once, goes on where an earlier one ended, and leaves reads aside but those of trips', () => {
    const file = path.join(folder, 'journal.jsonl');
    const lines = () =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { route: string }).route);
    for (const round of [1, 2]) {
      const journal = openJournal(file);
      journal.record(requested);
      expect(lines()).toHaveLength(round * 2 - 1);
      journal.record({ ...requested, route: { id: 'listOffers', method: 'GET' } });
      journal.record({ ...requested, route: { id: 'getTrip', method: 'GET' } });
      journal.close();
    }
    expect(lines()).toEqual(['requestTrip', 'getTrip', 'requestTrip', 'getTrip']);
  });
});
