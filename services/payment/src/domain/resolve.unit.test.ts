import { expect, test } from '@jest/globals';
import { isWanted, queryDelayMs, resolveUnknown } from './resolve.ts';

const doubt = { kind: 'hold', goal: 'hold', sends: 1, sinceSentMs: 0 } as const;

test('resolveUnknown, of what is still wanted, sends the same key again, three times at most', () => {
  expect(resolveUnknown(doubt, 60_000)).toBe('resend');
  expect(resolveUnknown({ ...doubt, sends: 3 }, 60_000)).toBe('resend');
  expect(resolveUnknown({ ...doubt, sends: 4 }, 60_000)).toBe('ask_again');
});

test('resolveUnknown, of what is no longer wanted, asks until the horizon and gives up', () => {
  const unwanted = { ...doubt, goal: 'void' } as const;
  expect(resolveUnknown(unwanted, 60_000)).toBe('ask_again');
  expect(resolveUnknown({ ...unwanted, sinceSentMs: 60_000 }, 60_000)).toBe('give_up');
});

test('isWanted, by goal, knows what each operation is for', () => {
  expect([isWanted('increment', 'hold'), isWanted('capture', 'capture'), isWanted('capture', 'void')]).toEqual([
    false,
    true,
    false,
  ]);
  expect([isWanted('void', 'void'), isWanted('void', 'capture'), isWanted('refund', 'capture')]).toEqual([
    true,
    false,
    true,
  ]);
});

test('queryDelayMs, from question to question, doubles up to the bound', () => {
  expect([0, 1, 2, 3, 4, 99].map((queries) => queryDelayMs(queries, 15_000))).toEqual([
    1_000, 2_000, 4_000, 8_000, 15_000, 15_000,
  ]);
});
