/** The figures of a run that its last line is made of; Jest's result has many more. */
export interface RunFigures {
  readonly numFailedTests: number;
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numTodoTests: number;
}

/** `12 passed, 0 failed`, and `, 3 skipped` when something was. */
export function resultLine(results: RunFigures): string {
  const skipped = results.numPendingTests + results.numTodoTests;
  // a suite that does not load has no failed test in it: it counts as one failure
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const line = `${String(results.numPassedTests)} passed, ${String(failed)} failed`;
  return skipped > 0 ? `${line}, ${String(skipped)} skipped` : line;
}

/** Prints the result as the very last line of the process, below the coverage table and threshold errors. */
export default class LineReporter {
  #line: string | undefined;

  constructor() {
    process.once('exit', () => {
      if (this.#line !== undefined) process.stdout.write(`${this.#line}\n`);
    });
  }

  onRunComplete(_contexts: unknown, results: RunFigures): void {
    this.#line = resultLine(results);
  }
}
