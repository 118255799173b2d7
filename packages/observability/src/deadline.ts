import { AppError } from '@rideshare/kernel';

/**
 * Runs `work` for at most `timeoutMs`; its signal aborts at the same time.
 *
 * @throws `DEADLINE_EXCEEDED` when it took longer.
 */
export async function withinMs<Value>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new AppError('DEADLINE_EXCEEDED', 'timeout', `no answer within ${String(timeoutMs)} ms`);
      stopping.abort(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(stopping.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
