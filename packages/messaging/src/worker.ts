/** Something that runs in the background between `start` and `stop`. */
export interface Worker {
  start(): Promise<void>;
  /** Resolves when what was under way has ended. */
  stop(): Promise<void>;
}
