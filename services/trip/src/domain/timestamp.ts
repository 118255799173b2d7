/** RFC 3339 in UTC with milliseconds, as `Date.prototype.toISOString` prints it: text order is time order. */
export type Timestamp = string;

/** The moment as text. */
export function timestampOf(moment: Date): Timestamp {
  return moment.toISOString();
}

/** `durationMs` after `at`. */
export function plusMs(at: Timestamp, durationMs: number): Timestamp {
  return new Date(Date.parse(at) + durationMs).toISOString();
}

/** From `from` to `to`, in milliseconds; negative when `to` is earlier. */
export function elapsedMs(from: Timestamp, to: Timestamp): number {
  return Date.parse(to) - Date.parse(from);
}

/** The later of the two. */
export function latest(a: Timestamp, b: Timestamp): Timestamp {
  return a < b ? b : a;
}
