import { describe, expect, it } from '@jest/globals';
import { renderTrip } from './render-trip.ts';
import type { TripStory } from './render-trip.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const story: TripStory = {
  trip: {
    id: 't1',
    status: 'completed',
    version: 5,
    riderId: 'r1',
    driverId: null,
    vehicleClass: 'economy',
    fare: eur(533),
  },
  payments: [{ id: 'p1', status: 'captured', captured: eur(533), refunded: eur(0), method: { kind: 'cash' } }],
  timeline: [
    { at: '2026-01-01T10:00:00.000Z', kind: 'state', type: 'trip.requested', traceId: 'aa', data: { at: 'x' } },
    {
      at: '2026-01-01T10:00:01.250Z',
      kind: 'ledger',
      type: 'ledger.journal',
      traceId: null,
      data: { journalId: 'j1', none: null, lines: [{ account: 'cash', amount: eur(-50) }] },
    },
  ],
};

describe('renderTrip', () => {
  it('with a payment, shows amounts in the units of their currency', () => {
    expect(renderTrip(story)).toContain('payment   p1  captured (cash), captured 5.33 EUR, refunded 0.00 EUR');
  });

  it('with a currency without decimals, shows none', () => {
    const trip = { ...story.trip, fare: { amount: 1250, currency: 'JPY' } };
    expect(renderTrip({ ...story, trip })).toContain('fare      1250 JPY, economy');
  });

  it('with entries, counts the seconds from the first one and unfolds their data', () => {
    const lines = renderTrip(story).split('\n');
    expect(lines.find((line) => line.includes('trip.requested'))).toMatch(/^\s+\+0\.000 {2}state .* aa$/);
    expect(lines.find((line) => line.includes('ledger.journal'))).toMatch(
      /^\s+\+1\.250 {2}ledger .* journalId=j1 lines=\[cash -0\.50 EUR\]$/,
    );
  });

  it('with log lines, appends them', () => {
    const line = { timestamp: '2026-01-01T10:00:00.000Z', level: 'info', service: 'trip', message: 'hello' };
    expect(renderTrip(story)).not.toContain('log lines');
    expect(renderTrip(story, [line])).toContain('info   trip          hello');
  });
});
