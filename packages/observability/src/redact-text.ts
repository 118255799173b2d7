/** What stands where something secret or personal stood. */
export const REDACTED = '[redacted]';

// seven digits or more, grouped as cards are; a UUID's groups of digits are left alone
const CARD =
  /(?<!\w|[0-9a-f]{4}-)(?:[2-6]\d{12,18}|[2-6]\d{3}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -])\d{6}\2\d{4,5})(?!\w|-[0-9a-f]{4})/g;
const TOKEN = /\beyJ[\w-]{6,}(?:\.[\w-]*){2,4}/gi;
const REFRESH_TOKEN = /\brrt_[\w-]{20,}/gi;
const CREDENTIALS = /\b(bearer|basic) +[\w.~+/-]+=*/gi;
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi;
const EMAIL = /[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b/gi;
const PHONE = /(?<![\w+])\+[1-9]\d{6,14}\b/g;

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** `text` without card numbers, tokens, credentials, e-mail addresses and telephone numbers. */
export function redactText(text: string): string {
  // each expression runs only where a character it needs occurs: most log texts hold none of them
  let clean = text;
  if (/\d{4}/.test(clean)) {
    clean = clean.replace(CARD, (match) => (passesLuhn(match.replaceAll(/\D/g, '')) ? REDACTED : match));
  }
  if (/eyj/i.test(clean)) clean = clean.replace(TOKEN, REDACTED);
  if (/rrt_/i.test(clean)) clean = clean.replace(REFRESH_TOKEN, REDACTED);
  if (clean.includes(' ')) clean = clean.replace(CREDENTIALS, `$1 ${REDACTED}`);
  if (clean.includes('@')) {
    clean = clean.replace(URL_PASSWORD, `$1:${REDACTED}@`).replace(EMAIL, REDACTED);
  }
  if (clean.includes('+')) clean = clean.replace(PHONE, REDACTED);
  return clean;
}

/** What a parameter may be called; anything else was put there to be noted. */
const PARAMETER = /^[a-z]\w{0,31}$/i;

/** A query string or URL with the names of its parameters and none of their values. */
export function redactQuery(url: string): string {
  const start = url.startsWith('?') ? 0 : url.indexOf('?');
  const isBareQuery = start < 0 && !url.includes('/');
  if (start < 0 && !isBareQuery) return url;
  const path = isBareQuery ? '' : url.slice(0, start + 1);
  const query = isBareQuery ? url : url.slice(start + 1);
  const parameters = query.replace(/^\?/, '').split('&');
  const clean = parameters.map((parameter) => {
    const [name = '', ...value] = parameter.split('=');
    return (PARAMETER.test(name) ? name : REDACTED) + (value.length > 0 ? `=${REDACTED}` : '');
  });
  return path + (query.startsWith('?') ? '?' : '') + clean.join('&');
}
