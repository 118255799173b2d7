import type { Clock } from '@rideshare/kernel';
import type { LocationBuffer } from './location-buffer.ts';
import type { LocationPublisher, PositionStore } from './ports.ts';

/** Rows of one statement; more wait for the next. */
const BATCH_MAX = 1_000;
/** Longer than any pause in which a driver's device still counts as reporting. */
const FORGET_AFTER_MS = 600_000;

/** Writes and publishes the newest positions; true when more are waiting. */
export async function flushPositions({
  buffer,
  positions,
  publisher,
  clock,
}: {
  readonly buffer: Pick<LocationBuffer, 'take' | 'putBack' | 'forget'>;
  readonly positions: Pick<PositionStore, 'save'>;
  readonly publisher: LocationPublisher;
  readonly clock: Clock;
}): Promise<boolean> {
  const batch = buffer.take(BATCH_MAX);
  if (batch.length === 0) {
    buffer.forget(new Date(clock.now().getTime() - FORGET_AFTER_MS));
    return false;
  }
  const saved = await positions.save(batch).catch((error: unknown) => {
    buffer.putBack(batch);
    throw error;
  });
  // what another instance has overtaken is not published: a position never follows a newer one
  if (saved.length > 0) await publisher.publish(saved);
  return batch.length === BATCH_MAX;
}
