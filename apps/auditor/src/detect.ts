/** Finds in a text what must not be kept there. */

/** What somebody else could misuse wherever it stands. */
export type Secret = 'card number' | 'access token' | 'refresh token' | 'password hash';
/** What tells who or where somebody is. */
export type Personal = 'e-mail address' | 'phone number' | 'coordinates';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
// in one go or in groups, and not a part of something longer, such as a digest or the id of a trace
const DIGITS = /(?<![\w.-])[2-6]\d*(?:[ -]\d+)*(?![\w-])/g;
const CARD_LENGTH_MIN = 13;
const CARD_LENGTH_MAX = 19;

const SECRETS: Readonly<Record<Exclude<Secret, 'card number'>, RegExp>> = {
  'access token': /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/,
  'refresh token': /rrt_[\w-]{20,}/,
  'password hash': /\$argon2(?:id?|d)\$/,
};

const PERSONAL: Readonly<Record<Personal, RegExp>> = {
  'e-mail address': /[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/i,
  'phone number': /(?<![\w.])\+\d(?:[ ()-]?\d){7,14}(?!\d)/,
  coordinates: /-?\d{1,2}\.\d{3,}["\s]*[,;/ ][^\d.-]{0,12}-?\d{1,3}\.\d{3,}|"(?:lat|latitude)"\s*:\s*-?\d/,
};

/** The check digit of ISO/IEC 7812-1, annex B. */
function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits, Number)
    .toReversed()
    .reduce((total, digit, index) => {
      const weighed = digit * (index % 2 === 0 ? 1 : 2);
      return total + (weighed > 9 ? weighed - 9 : weighed);
    }, 0);
  return sum % 10 === 0;
}

function isCard(run: string): boolean {
  const groups = run.split(/[ -]/);
  // what follows a card number may be its expiry date, so every stretch of groups from the first on is looked at
  return groups.some((_group, from) =>
    groups.slice(from).some((_next, count) => {
      const digits = groups.slice(from, from + count + 1).join('');
      return (
        digits.length >= CARD_LENGTH_MIN &&
        digits.length <= CARD_LENGTH_MAX &&
        /^[2-6]/.test(digits) &&
        passesLuhn(digits)
      );
    }),
  );
}

/** The secrets that stand in a text. */
export function secretsIn(text: string): Secret[] {
  const found: Secret[] = [];
  if ((text.replaceAll(UUID, '#').match(DIGITS) ?? []).some(isCard)) found.push('card number');
  for (const [name, pattern] of Object.entries(SECRETS)) if (pattern.test(text)) found.push(name as Secret);
  return found;
}

/** What in a text tells who or where somebody is. */
export function personalIn(text: string): Personal[] {
  const bare = text.replaceAll(UUID, '#');
  return Object.entries(PERSONAL).flatMap(([name, pattern]) => (pattern.test(bare) ? [name as Personal] : []));
}
