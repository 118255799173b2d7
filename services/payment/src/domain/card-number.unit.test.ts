import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasCardNumber } from './card-number.ts';

function withCheckDigit(body: string): string {
  for (let digit = 0; digit < 10; digit += 1)
    if (hasCardNumber(`${body}${String(digit)}`)) return `${body}${String(digit)}`;
  throw new Error('every body has a check digit');
}

test.each([
  ['in one go', '4111111111111111'],
  ['in groups', 'card 4111 1111 1111 1111 12/27'],
  ['with dashes', '3782-822463-10005'],
  ['with dots', '4111.1111.1111.1111'],
  ['before an expiry date', '4111 1111 1111 1111 12 27'],
  ['as a number', 4_111_111_111_111_111],
  ['as a number past the safe integers', Number('4111111111111111111')],
  ['in a list', ['a', { b: ['5555555555554444'] }]],
  ['in a name', { '4111111111111111': true }],
])('hasCardNumber, %s, finds it', (_situation, value) => {
  expect(hasCardNumber(value)).toBe(true);
});

test.each([
  ['a token', { gateway: 'sandbox', token: 'tok_ok', default: true }],
  ['a number that fails the check', '4111111111111112'],
  ['a short number', '411111111111'],
  ['a run longer than any card', '41111111111111110000000'],
  ['an amount', 1_250],
  ['nothing', null],
])('hasCardNumber, in %s, finds nothing', (_situation, value) => {
  expect(hasCardNumber(value)).toBe(false);
});

test('hasCardNumber, for every number of 13 to 19 digits with its check digit, finds it wherever it stands', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[1-9]\d{11,17}$/), fc.stringMatching(/^[a-z: ]{0,10}$/), (body, around) => {
      const number = withCheckDigit(body);
      expect(hasCardNumber({ deep: [{ text: `${around}${number}${around}` }] })).toBe(true);
    }),
  );
});
