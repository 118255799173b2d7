import { flushPositions } from '../usecases/flush-positions.ts';
import { createLoop } from './loop.ts';
import type { BackgroundLoop } from './loop.ts';

export function createPositionFlush(
  deps: Parameters<typeof createLoop>[0] & Parameters<typeof flushPositions>[0],
  intervalMs: number,
): BackgroundLoop {
  const loop = createLoop(deps, 'position-flush', intervalMs, () => flushPositions(deps));
  return {
    start: () => loop.start(),
    async stop() {
      await loop.stop();
      // what was reported last; should it fail, the devices report again
      await flushPositions(deps);
    },
  };
}
