/**
 * JSON with object keys in code-unit order and no white space, so that equal values give equal text.
 *
 * @remarks The form of RFC 8785 for values that `JSON.stringify` accepts. `undefined` members are dropped.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
}
