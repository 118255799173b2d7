import { describe, expect, it } from '@jest/globals';
import { createObservations, percentile } from './observations.ts';
import { summaryLine } from './progress.ts';
import { makeReport, renderReport } from './report.ts';

const demand = { rows: 10, skipped: 1, bad: 2 };
const run = {
  durationS: 20,
  retries: 3,
  statuses: new Map([
    [200, 40],
    [503, 3],
  ]),
  patience: { answered: 12, late: 1, longestMs: 11_200, examples: ['requestTrip k was answered after 11200 ms'] },
};

/** Four requests, one a way to end, and a wish that was refused. */
function observe() {
  const observations = createObservations();
  for (const trip of ['a', 'b', 'c', 'd']) observations.requested(trip);
  observations.end('completed');
  observations.end('cancelled');
  observations.end('expired');
  observations.end('unfinished');
  observations.end('refused');
  observations.refuse('OUTSIDE_SERVICE_AREA');
  observations.waited(2);
  observations.waited(4);
  observations.tally.charged = 1_250;
  observations.tally.ledger = 1_250;
  return observations;
}

describe('makeReport', () => {
  it('adds a run up', () => {
    expect(makeReport(demand, observe(), run)).toMatchObject({
      ...{
        rows: 10,
        skipped: 1,
        bad: 2,
        refused: 1,
        requested: 4,
        completed: 1,
        cancelled: 1,
        expired: 1,
        unfinished: 1,
      },
      ...{ contradictions: [], charged: 1_250, ledger: 1_250, waitS: { p50: 4, p95: 4 }, durationS: 20 },
      ...{
        completedPerS: 0.05,
        retries: 3,
        statuses: { 200: 40, 503: 3 },
        patience: { answered: 12, late: 1 },
        refusals: { OUTSIDE_SERVICE_AREA: 1 },
      },
    });
  });

  it('contradicts where trips were lost on the way', () => {
    const observations = observe();
    observations.requested('e');
    expect(makeReport(demand, observations, run).contradictions).toEqual(['5 trips were requested and 4 ended']);
  });

  it('contradicts where the money does not agree, beside what the agents saw', () => {
    const observations = observe();
    observations.contradict('trip a went back');
    observations.tally.ledger = 1_000;
    expect(makeReport(demand, observations, run).contradictions).toEqual([
      'trip a went back',
      'riders were charged 1250, the ledger says 1000',
    ]);
    expect(observations.contradictions).toHaveLength(1);
  });

  it('has figures for a city in which nothing happened', () => {
    const report = makeReport({ rows: 0, skipped: 0, bad: 0 }, createObservations(), { ...run, durationS: 0 });
    expect(report).toMatchObject({ completedPerS: 0, waitS: { p50: null, p95: null }, firstOfferMs: { p50: null } });
    expect(renderReport(report)).toContain('median none, 95 % none');
  });
});

describe('renderReport', () => {
  it('shows the sums', () => {
    const text = renderReport(makeReport(demand, observe(), run));
    expect(text).toContain('rows               10 (1 skipped, 2 bad)\n');
    expect(text).toContain('charged            12.50 EUR\n');
    expect(text).toContain('refused            1 {"OUTSIDE_SERVICE_AREA":1}\n');
    expect(text).toContain('with a key         12 answered, 1 late, longest 11200 ms\n');
    expect(text).toMatch(/contradictions {5}0\n$/);
  });

  it('prints thirty contradictions and the count of all', () => {
    const observations = observe();
    for (let index = 0; index < 40; index += 1) observations.contradict(`number ${String(index)}`);
    const text = renderReport(makeReport(demand, observations, run));
    expect(text).toContain('contradictions     40\n  number 0\n');
    expect(text).toContain('number 29\n');
    expect(text).not.toContain('number 30');
  });
});

describe('observations', () => {
  it('measure the first offer of a request once', () => {
    const observations = createObservations();
    observations.requested('a');
    observations.offered('a');
    observations.offered('a');
    observations.offered('unknown');
    expect(observations.offerDelaysMs).toHaveLength(1);
  });

  it('forget the oldest samples of an endless city', () => {
    const observations = createObservations();
    for (let index = 0; index <= 20_000; index += 1) observations.waited(index);
    expect(observations.waitsS).toHaveLength(20_000);
    expect(observations.waitsS[0]).toBe(1);
  });

  it.each([
    [0.5, 3],
    [0.95, 5],
    [1, 5],
    [0, 1],
  ])('have a percentile %p', (share, value) => {
    expect(percentile([5, 3, 1, 4, 2], share)).toBe(value);
  });
});

describe('summaryLine', () => {
  it('tells how the city is doing', () => {
    expect(summaryLine(observe(), 12.4)).toBe(
      '12 s · 4 requested · 1 under way · 1 completed · 1 cancelled · 1 expired · 1 refused · median wait 4.0 s · 0 contradictions',
    );
    expect(summaryLine(createObservations(), 0)).toContain('no waits yet');
  });
});
