import { describe, expect, it } from '@jest/globals';
import { createPatience, PROMISED_MS } from './patience.ts';

describe('patience', () => {
  it('counts what was answered, and as late what took too long or was given up', () => {
    const patience = createPatience();
    patience.settled('requestTrip', 'a', 20, true);
    patience.settled('requestTrip', 'b', PROMISED_MS, true);
    patience.settled('rateTrip', 'c', PROMISED_MS + 1, true);
    patience.settled('createQuote', 'd', 500, false);
    expect(patience.report()).toEqual({
      ...{ answered: 3, late: 2, longestMs: 10_001 },
      examples: [
        expect.stringMatching(/rateTrip c was answered after 10001 ms$/),
        expect.stringMatching(/createQuote d was given up after 500 ms$/),
      ],
    });
  });

  it('names thirty and counts all', () => {
    const patience = createPatience();
    for (let index = 0; index < 40; index += 1) patience.settled('rateTrip', String(index), 1, false);
    expect(patience.report()).toMatchObject({ answered: 0, late: 40, longestMs: 1 });
    expect(patience.report().examples).toHaveLength(30);
  });
});
