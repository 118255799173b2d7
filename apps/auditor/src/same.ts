/**
 * Whether two values are the same JSON, whatever the order of their members.
 *
 * @remarks As equal canonical JSON would say, without writing either: an audit asks it millions of times.
 */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((value, index) => isSameJson(value, b[index]))
    );
  }
  const members = Object.keys(a);
  if (members.length !== Object.keys(b).length) return false;
  const [left, right] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  return members.every((name) => Object.hasOwn(right, name) && isSameJson(left[name], right[name]));
}
