/** Wall-clock time. Business code never reads the system clock itself, so that it can be simulated. */
export interface Clock {
  now(): Date;
}

/** Randomness that does not decide identity; see {@link Ids} for that. */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  integer(below: number): number;
}

/** Identities: UUIDv7, so that they sort by creation time. */
export interface Ids {
  next(): string;
}

/** A repeating task that {@link Scheduler.every} started. */
export interface Loop {
  /** Runs the task as soon as it is idle instead of waiting for the interval. */
  wake(): void;
  /** No run starts after the call; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/** Time passing. Business code sets no timers of its own. */
export interface Scheduler {
  /** Resolves after `delayMs`, or at once when `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Runs `task`, waits `intervalMs` after it has ended, and runs it again; never two at a time.
   * A task that fails is reported to `onError` and runs again after the interval. A task that resolves to `true` has
   * more to do and runs again at once.
   */
  every(
    name: string,
    intervalMs: number,
    task: (signal: AbortSignal) => Promise<boolean | undefined>,
    onError: (error: Error, name: string) => void,
  ): Loop;
}
