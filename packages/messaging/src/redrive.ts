import type { Topic } from '@rideshare/contracts';
import { AppError } from '@rideshare/kernel';
import type { Counts } from './consumer-store.ts';

/** A letter on its way back to its consumer. */
export interface RedrivenLetter {
  readonly id: number;
  readonly group: string;
  readonly topic: Topic;
  readonly eventId: string | null;
  /** False for a duplicate: its event waits for a retry already. */
  readonly added: boolean;
}

/**
 * What handing letters back does to the figures of their groups.
 *
 * @throws `DEAD_LETTER_UNREADABLE` when one of them has no readable envelope.
 */
export function countRedriven(letters: readonly RedrivenLetter[]): Map<string, Map<Topic, Counts>> {
  const unreadable = letters.find(({ eventId }) => eventId === null);
  if (unreadable) {
    throw new AppError(
      'DEAD_LETTER_UNREADABLE',
      'invalid',
      `dead letter ${String(unreadable.id)} has no readable envelope`,
    );
  }
  const byGroup = new Map<string, Map<Topic, Counts>>();
  for (const { group, topic, added } of letters) {
    const counts = byGroup.get(group) ?? new Map<Topic, Counts>();
    byGroup.set(group, counts);
    const held = counts.get(topic) ?? { consumed: 0, applied: 0, skipped: 0, parked: 0, dead: 0 };
    held.dead -= 1;
    held[added ? 'parked' : 'skipped'] += 1;
    counts.set(topic, held);
  }
  return byGroup;
}

/** There is no such letter. */
export function letterNotFound(id: number): AppError {
  return new AppError('DEAD_LETTER_NOT_FOUND', 'not_found', `there is no dead letter ${String(id)}`);
}

/** How many letters are listed unless somebody says so. */
export const LIST_LIMIT = 100;
