/**
 * Where a client of the live stream stands: the last record it was shown, in every partition of the log.
 *
 * As the log's own positions are the same for every reader, a client may go on at any gateway, before or after a
 * restart, and gets what it has not seen, once.
 */
export type StreamCursor = ReadonlyMap<string, number>;

/** A record's place: `lane` is its topic's letter and its partition. */
export interface LanePosition {
  readonly lane: string;
  readonly offset: number;
}

const TEXT_CHARACTERS_MAX = 2_048;
const SEGMENT = /^([a-z][0-9]{1,4})\.([0-9a-z]{1,10})$/;
const BASE = 36;

/** The cursor as an event's id. */
export function formatStreamCursor(cursor: StreamCursor): string {
  return [...cursor].map(([lane, offset]) => `${lane}.${offset.toString(BASE)}`).join('-');
}

/** The cursor behind an event's id, if it is one. */
export function parseStreamCursor(text: string): StreamCursor | undefined {
  if (text === '' || text.length > TEXT_CHARACTERS_MAX) return undefined;
  const cursor = new Map<string, number>();
  for (const segment of text.split('-')) {
    const [, lane, offset] = SEGMENT.exec(segment) ?? [];
    if (lane === undefined || offset === undefined) return undefined;
    cursor.set(lane, Number.parseInt(offset, BASE));
  }
  return cursor;
}

/** Whether a client that stands at `cursor` has been shown a record; of a lane it does not name it has seen nothing. */
export function hasSeen(cursor: StreamCursor, { lane, offset }: LanePosition): boolean {
  return offset <= (cursor.get(lane) ?? -1);
}
