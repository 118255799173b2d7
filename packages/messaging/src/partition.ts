const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a over the UTF-8 of `text`, 32 bits. Stored rows depend on it: it never changes. */
export function hashOf(text: string): number {
  let hash = OFFSET_BASIS;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, PRIME);
  // the low bits of FNV-1a are weak for short keys that differ in few places; fold the high half in
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The partition of a key, always the same for the same number of partitions. */
export function partitionOf(key: string, partitions: number): number {
  return hashOf(key) % partitions;
}
