import type { Ids } from '@rideshare/kernel';

/** UUIDv7s that count up, the same in every run: `…-000000000001`, `…-000000000002`. */
export function fakeIds(): Ids {
  let count = 0;
  return {
    next() {
      count += 1;
      return `019c0000-0000-7000-8000-${count.toString(16).padStart(12, '0')}`;
    },
  };
}
