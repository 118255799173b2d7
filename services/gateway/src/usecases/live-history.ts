import type { Clock } from '@rideshare/kernel';
import { formatStreamCursor, hasSeen } from '../domain/stream-cursor.ts';
import type { LanePosition, StreamCursor } from '../domain/stream-cursor.ts';

/** A hint as it is sent, ready to be written. */
export interface LiveEntry extends LanePosition {
  readonly appendedAt: Date;
  readonly event: string;
  readonly frame: string;
}

/** The hints of the last minutes, by person, for those who come back. */
export interface LiveHistory {
  /** Goes past a record of the log. */
  pass(position: LanePosition): void;
  /** Where this process has read to; the id of whatever is sent now. */
  cursor(): string;
  keep(userId: string, entry: LiveEntry): void;
  /** What a person who stands at `cursor` has missed, in the order in which it was read. */
  missed(userId: string, cursor: StreamCursor): readonly LiveEntry[];
  /** Forgets what is too old. */
  prune(): void;
  readonly people: number;
}

/** How long somebody may be away and miss nothing. */
export const HISTORY_MS = 5 * 60_000;
/** A person with more than this in five minutes has a client that reads the whole snapshot anyway. */
const ENTRIES_PER_PERSON_MAX = 1_000;

/** A {@link LiveHistory} in memory; another process has the same from the log. */
export function createLiveHistory({ clock }: { readonly clock: Clock }): LiveHistory {
  const position = new Map<string, number>();
  const byPerson = new Map<string, LiveEntry[]>();
  let text: string | undefined;
  const isKept = ({ appendedAt }: LiveEntry, nowMs: number) => appendedAt.getTime() > nowMs - HISTORY_MS;
  return {
    pass({ lane, offset }) {
      position.set(lane, offset);
      text = undefined;
    },
    cursor: () => (text ??= formatStreamCursor(position)),
    keep(userId, entry) {
      if (!isKept(entry, clock.now().getTime())) return;
      const entries = byPerson.get(userId);
      if (!entries) {
        byPerson.set(userId, [entry]);
        return;
      }
      entries.push(entry);
      if (entries.length > ENTRIES_PER_PERSON_MAX) entries.shift();
    },
    missed: (userId, cursor) => (byPerson.get(userId) ?? []).filter((entry) => !hasSeen(cursor, entry)),
    prune() {
      const nowMs = clock.now().getTime();
      for (const [userId, entries] of byPerson) {
        const kept = entries.filter((entry) => isKept(entry, nowMs));
        if (kept.length === 0) byPerson.delete(userId);
        else if (kept.length < entries.length) byPerson.set(userId, kept);
      }
    },
    get people() {
      return byPerson.size;
    },
  };
}
