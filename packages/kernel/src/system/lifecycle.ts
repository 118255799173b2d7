import { AppError, toError } from '../errors.ts';

interface Step {
  readonly name: string;
  readonly close: () => Promise<void> | void;
  readonly timeoutMs: number;
}

/** What closing one step came to; handed to the observer of {@link Lifecycle}. */
export interface StepReport {
  readonly name: string;
  readonly durationMs: number;
  readonly error?: Error;
}

/**
 * A stack of things to close: each is closed once, the latest first, and one that fails or hangs does not keep the
 * others open.
 */
export class Lifecycle {
  readonly #steps: Step[] = [];
  readonly #observe: (report: StepReport) => void;
  #closing: Promise<void> | undefined;

  constructor(observe: (report: StepReport) => void = () => undefined) {
    this.#observe = observe;
  }

  /** Registers `close`, to be given at most `timeoutMs` when its turn comes. */
  defer(name: string, close: () => Promise<void> | void, timeoutMs: number): void {
    this.#steps.push({ name, close, timeoutMs });
  }

  /**
   * Closes everything; further calls wait for the first.
   *
   * @throws An `AggregateError` with every step's failure.
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #closeAll(): Promise<void> {
    const errors: Error[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      const started = performance.now();
      const error = await closeStep(step).then(() => undefined, toError);
      if (error) errors.push(error);
      this.#observe({ name: step.name, durationMs: performance.now() - started, ...(error ? { error } : {}) });
    }
    if (errors.length > 0) throw new AggregateError(errors, `${String(errors.length)} step(s) did not close`);
  }
}

async function closeStep({ name, close, timeoutMs }: Step): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new AppError('CLOSE_TIMED_OUT', 'timeout', `${name} did not close within ${String(timeoutMs)} ms`));
    }, timeoutMs);
  });
  try {
    await Promise.race([Promise.resolve().then(close), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
