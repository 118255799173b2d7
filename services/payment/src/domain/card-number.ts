// digits as people write them on a card: in one go, or in groups parted by a blank, a dash or a dot
const DIGITS = /\d+(?:[\s.-]\d+)*/g;
const LENGTH_MIN = 13;
const LENGTH_MAX = 19;

/** The check digit of ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighed = index % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

/** Groups that follow one another may be a card number with an expiry date behind it, so every stretch is looked at. */
function groupsHoldCardNumber(groups: readonly string[]): boolean {
  return groups.some((_group, first) => {
    let digits = '';
    for (const group of groups.slice(first)) {
      digits += group;
      if (digits.length > LENGTH_MAX) return false;
      if (digits.length >= LENGTH_MIN && passesLuhn(digits)) return true;
    }
    return false;
  });
}

function textHasCardNumber(text: string): boolean {
  return (text.match(DIGITS) ?? []).some((run) => groupsHoldCardNumber(run.split(/[\s.-]/)));
}

/** Whether a card number stands anywhere in a JSON value: in a string, as a number, or in the name of a member. */
export function hasCardNumber(value: unknown): boolean {
  if (typeof value === 'string') return textHasCardNumber(value);
  if (typeof value === 'number') {
    // past 2^53 the last digits are lost, and nothing else that is sent to us is that large
    return Number.isInteger(value) && (!Number.isSafeInteger(value) || textHasCardNumber(String(Math.abs(value))));
  }
  if (Array.isArray(value)) return value.some(hasCardNumber);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).some(([name, member]) => textHasCardNumber(name) || hasCardNumber(member));
  }
  return false;
}
