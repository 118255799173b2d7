import { randomBytes, randomInt } from 'node:crypto';

/** What must not get about. */
export const KINDS = [
  'email',
  'phone',
  'card',
  'password',
  'name',
  'latitude',
  'longitude',
  'token',
  'refresh',
] as const;
/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number];

/** Values that occur nowhere else, so that wherever one turns up it has leaked. */
export type Canaries = Readonly<Record<Kind, string>>;

/** A value that was found where it must not be. */
export interface Sighting {
  readonly kind: Kind;
  /** How it was written there. */
  readonly form: string;
}

interface Trap {
  readonly kind: Kind;
  readonly form: string;
  readonly pattern: RegExp;
}

const DECIMALS = 7;
/** Decimals by which a place is known: ten metres. */
const KNOWN_DECIMALS = 4;

function withCheckDigit(digits: string): string {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const weighed = Number(digit) * (index % 2 === 0 ? 2 : 1);
      return total + (weighed > 9 ? weighed - 9 : weighed);
    }, 0);
  return `${digits}${String((10 - (sum % 10)) % 10)}`;
}

const digits = (count: number) => Array.from({ length: count }, () => String(randomInt(10))).join('');
const decimals = () => `${String(randomInt(1, 10))}${digits(DECIMALS - 2)}${String(randomInt(1, 10))}`;

/** New values: a card number that passes its check, a place in Porto, and secrets that look like real ones. */
export function makeCanaries(): Canaries {
  const mark = randomBytes(6).toString('hex');
  return {
    email: `canary.${mark}@leak.example.org`,
    phone: `+3519${digits(8)}`,
    card: withCheckDigit(`4929${digits(11)}`),
    password: `Pw=${mark}&canary`,
    name: `Canária${mark}`,
    latitude: `41.15${decimals().slice(2)}`,
    longitude: `-8.61${decimals().slice(2)}`,
    token: `eyJhbGciOiJFZERTQSJ9.${randomBytes(60).toString('base64url')}.${randomBytes(64).toString('base64url')}`,
    refresh: `rrt_${randomBytes(32).toString('base64url')}`,
  };
}

const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('');
const unicode = (text: string) =>
  Array.from(text)
    .map((char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
    .join('');

/** The part of the base64 of `text` that does not depend on what stands around it, for each of its three positions. */
function base64Cores(text: string): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
    return whole.slice(shift === 0 ? 0 : 4);
  });
}

/** A character as itself, percent-encoded once or twice, escaped as JSON does, or quoted as mails do. */
function anyForm(char: string): string {
  const forms = [escaped(char), escaped(encodeURIComponent(char)), escaped(percent(char)), escaped(unicode(char))];
  const twice = percent(char).replaceAll('%', '%25');
  const quoted = percent(char).replaceAll('%', '=');
  return `(?:${[...new Set([...forms, escaped(twice), quoted])].join('|')})`;
}

const SEPARATOR = String.raw`(?:[\s.\-_+]|%20|%2D|\\t)?`;

/** What stands for a value however little of it is left: a place is known by less than all of its decimals. */
function essence(kind: Kind, value: string): string {
  switch (kind) {
    case 'latitude':
    case 'longitude':
      return value.slice(0, value.indexOf('.') + 1 + KNOWN_DECIMALS).replace('-', '');
    case 'token':
      // its header is no secret
      return value.split('.').slice(1).join('.');
    case 'phone':
      return value.slice(1);
    default:
      return value;
  }
}

function trapsFor(kind: Kind, value: string): Trap[] {
  const known = essence(kind, value);
  const trap = (form: string, source: string, flags = 'i'): Trap => ({
    kind,
    form,
    pattern: new RegExp(source, flags),
  });
  const chars = Array.from(known).map(anyForm);
  const isNumber = kind === 'card' || kind === 'phone';
  return [
    trap('plain or encoded', chars.join(isNumber ? SEPARATOR : '')),
    trap(
      'base64',
      base64Cores(value.replace(/^-/, ''))
        .map((core) => escaped(core).replaceAll(/\\[+]/g, '[+-]').replaceAll(/\\\//g, '[/_]'))
        .join('|'),
      '',
    ),
    trap('hex', Buffer.from(known).toString('hex')),
    ...(kind === 'token' ? [trap('its signature', escaped(value.split('.')[2] ?? value), '')] : []),
  ];
}

/** Finds canaries in text, however they were encoded. */
export interface Detector {
  find(text: string): readonly Sighting[];
}

/** A detector for these values. */
export function createDetector(canaries: Partial<Canaries>): Detector {
  const traps = KINDS.flatMap((kind) => {
    const value = canaries[kind];
    return value === undefined ? [] : trapsFor(kind, value);
  });
  return {
    find: (text) => traps.filter(({ pattern }) => pattern.test(text)).map(({ form, kind }) => ({ form, kind })),
  };
}

/** Ways in which a value may be written by something that logs, stores or sends it. */
export const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  'in JSON': (value) => JSON.stringify({ value }),
  'in JSON in JSON': (value) => JSON.stringify({ value: JSON.stringify({ value }) }),
  'URL-encoded': (value) => `/x?y=${encodeURIComponent(value)}`,
  'percent-encoded throughout': percent,
  'percent-encoded twice': (value) => encodeURIComponent(encodeURIComponent(value)),
  'escaped as JSON may': unicode,
  'quoted as in mails': (value) => percent(value).replaceAll('%', '='),
  'in base64': (value) => Buffer.from(value).toString('base64'),
  'in base64, one byte in': (value) => Buffer.from(`x${value}yz`).toString('base64'),
  'in base64, two bytes in': (value) => Buffer.from(`xy${value}z`).toString('base64'),
  'in base64url': (value) => Buffer.from(`{"v":"${value}"}`).toString('base64url'),
  'in hex': (value) => Buffer.from(value).toString('hex'),
  'in the middle of a line': (value) => `{"level":"info","message":"so it was: ${value}, or not"}`,
  'in a multi-line text': (value) => `first\n${value}\nlast`,
};

/** Ways in which people write numbers. */
export const GROUPINGS: Readonly<Record<string, (value: string) => string>> = {
  'in groups with blanks': (value) => value.replaceAll(/(.{4})(?=.)/g, '$1 '),
  'in groups with dashes': (value) => value.replaceAll(/(.{4})(?=.)/g, '$1-'),
  'in groups with dots': (value) => value.replaceAll(/(.{4})(?=.)/g, '$1.'),
  'digit by digit': (value) => Array.from(value).join(' '),
  'in groups, URL-encoded': (value) => encodeURIComponent(value.replaceAll(/(.{4})(?=.)/g, '$1 ')),
};
