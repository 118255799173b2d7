import { describe, expect, it } from '@jest/globals';
import { resultLine } from './line-reporter.ts';

const none = {
  numFailedTests: 0,
  numPassedTests: 0,
  numPendingTests: 0,
  numRuntimeErrorTestSuites: 0,
  numTodoTests: 0,
};

describe('resultLine', () => {
  it('with nothing skipped, names passed and failed', () => {
    expect(resultLine({ ...none, numPassedTests: 12, numFailedTests: 3 })).toBe('12 passed, 3 failed');
  });

  it('with skipped and planned tests, adds them up', () => {
    expect(resultLine({ ...none, numPassedTests: 1, numPendingTests: 2, numTodoTests: 1 })).toBe(
      '1 passed, 0 failed, 3 skipped',
    );
  });

  it('with a suite that does not load, counts it as a failure', () => {
    expect(resultLine({ ...none, numFailedTests: 1, numRuntimeErrorTestSuites: 2 })).toBe('0 passed, 3 failed');
  });
});
