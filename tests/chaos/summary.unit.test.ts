import { describe, expect, it } from '@jest/globals';
import { readTold } from './city.ts';
import type { Summary } from './round.ts';
import { renderSummary } from './summary.ts';

const line = (entry: object) =>
  `${JSON.stringify({ method: 'PUT', route: 'changeTripStatus', status: 200, ...entry })}\n`;

describe('readTold', () => {
  it('counts changes that were acknowledged, and rides that were completed, not a line that is half written', () => {
    const text = [
      line({ state: 'completed' }),
      line({ state: 'accepted' }),
      line({ status: 503 }),
      line({ status: 0 }),
      line({ method: 'GET', route: 'getTrip', state: 'completed' }),
      line({ route: 'rateTrip', status: 201 }),
      line({ state: 'completed' }).slice(0, 20),
    ].join('');
    expect(readTold(text)).toEqual({ acknowledged: 3, completed: 1 });
    expect(readTold('')).toEqual({ acknowledged: 0, completed: 0 });
  });
});

describe('renderSummary', () => {
  const summary: Summary = {
    ...{
      seed: 3,
      rate: 0.4,
      durationS: 90,
      faults: { kill: 20, stop: 2 },
      skipped: 0,
      restarts: 21,
      acknowledged: 800,
    },
    ...{ lost: 0, looked: 9_000, retries: 12, violations: [] },
    trips: { requested: 9, completed: 6, cancelled: 2, expired: 1, refused: 0, unfinished: 0 },
    patience: { answered: 700, late: 1, longestMs: 11_000, examples: [] },
  };

  it('tells what was done and what was found', () => {
    const text = renderSummary(summary);
    expect(text).toContain('faults         20 kill, 2 stop\n');
    expect(text).toContain('acknowledged   800 changes checked, 0 lost\n');
    expect(text).toContain('restarts       21\n');
    expect(text).toMatch(/violations {5}0\n$/);
  });

  it('says why faults were skipped, and names violations', () => {
    const text = renderSummary({ ...summary, faults: {}, skipped: 2, violations: ['rule 1: driver x'] });
    expect(text).toContain('faults         none\n');
    expect(text).toContain('skipped        2: a full disk takes root and a mount\n');
    expect(text).toContain('violations     1\n  rule 1: driver x\n');
  });
});
