import type { Entry } from './history.ts';

/** What a call came to, as its client judges it. */
export type Ending =
  | { readonly type: 'ok'; readonly value: unknown }
  /** Certainly without effect. */
  | { readonly type: 'fail'; readonly value?: unknown }
  /** Nobody knows. */
  | { readonly type: 'info'; readonly value?: unknown };

/** A call to be recorded. */
export interface Recorded<Result> {
  readonly key: string;
  readonly operation: string;
  readonly input: unknown;
  readonly run: () => Promise<Result>;
  /** What the result means for the history. The result itself is the answer unless told otherwise. */
  readonly judge?: (result: Result) => Ending;
  /** What a failure means; `info` unless told otherwise, and nothing else unless it certainly had no effect. */
  readonly judgeError?: (error: unknown) => Ending;
}

/** A client whose calls are recorded; it makes one at a time. */
export interface RecordedProcess {
  /** Records the call and gives its result, or its failure, to the caller. */
  call<Result>(recorded: Recorded<Result>): Promise<Result>;
}

/** Records what clients in this process do. */
export interface Recorder {
  readonly entries: readonly Entry[];
  /** A client of this name. After a call with unknown outcome it goes on under a new name, as the format demands. */
  process(name: string): RecordedProcess;
}

/** A monotonic clock that all processes of a machine share, in whole microseconds. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/**
 * A recorder that keeps its entries, and hands each to `sink` as it comes.
 *
 * @remarks Its times never repeat: what was recorded later has a later time, and calls that did not overlap are never
 * taken for such that did.
 */
export function makeRecorder(
  options: { readonly nowUs?: () => number; readonly sink?: (entry: Entry) => void } = {},
): Recorder {
  const { nowUs = monotonicUs, sink } = options;
  const entries: Entry[] = [];
  let latestUs = -1;
  const record = (entry: Omit<Entry, 'atUs'>): void => {
    latestUs = Math.max(latestUs + 1, nowUs());
    const complete = { ...entry, atUs: latestUs };
    entries.push(complete);
    sink?.(complete);
  };
  return {
    entries,
    process(name) {
      let life = 1;
      return {
        async call({ input, judge, judgeError, key, operation, run }) {
          const who = { process: life === 1 ? name : `${name}#${String(life)}`, key, operation };
          const end = (ending: Ending): void => {
            if (ending.type === 'info') life += 1;
            record({ ...who, ...ending });
          };
          record({ ...who, type: 'invoke', value: input });
          const judged = await Promise.resolve()
            .then(run)
            .then((result) => ({ result, ending: judge ? judge(result) : ({ type: 'ok', value: result } as const) }))
            .catch((error: unknown) => {
              end(judgeError ? judgeError(error) : { type: 'info', value: String(error) });
              throw error;
            });
          end(judged.ending);
          return judged.result;
        },
      };
    },
  };
}
