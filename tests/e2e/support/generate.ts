import fc from 'fast-check';
import { z } from 'zod';

/** What is used of JSON Schema by our own schemas. */
interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** Strings that have broken something somewhere. */
const HOSTILE_TEXTS: readonly string[] = [
  ...[
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\u202e',
    '\ufeff',
    '\u200b',
    '💥'.repeat(50),
    'ß',
    'İ',
    'ﷺ',
    '\r\n',
    '\\',
    '"',
    '%00',
    '%',
    '../../etc/passwd',
  ],
  ...[
    "' or 1=1 --",
    '$1',
    '{{7*7}}',
    '${7*7}',
    '<script>',
    '\u001b[31m',
    'null',
    'undefined',
    'NaN',
    '__proto__',
    'constructor',
    '-1',
    '0x10',
    '1e309',
  ],
  ...[
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '2024-02-30',
    '2024-02-29',
    '0001-01-01',
    'x'.repeat(300),
    'x'.repeat(20_000),
    '\u0661\u0662',
  ],
];
const HOSTILE_NUMBERS: readonly number[] = [
  ...[
    0,
    -0,
    -1,
    1,
    0.1,
    1e-320,
    1e308,
    -1e308,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 53 - 1,
    2 ** 53,
    -(2 ** 63),
    2 ** 63,
  ],
  ...[89.999_999_9, 90, 90.000_000_1, -180, 180, 180.000_000_1, 101, 255, 256, 65_536],
];
const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  [],
  {},
  [[]],
  [null],
  { length: 1 },
  { toString: 'x' },
  { $gt: '' },
];

/** Anything that has broken something somewhere. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.constantFrom(...HOSTILE_NUMBERS),
  fc.constantFrom(...HOSTILE_VALUES),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

function textOf({ format, maxLength = 60, minLength = 0, pattern }: JsonSchema): fc.Arbitrary<unknown> {
  switch (format) {
    case 'uuid':
      return fc.uuid();
    case 'email':
      return fc.uuid().map((id) => `${id}@fuzz.example.org`);
    case 'date-time':
      return fc
        .date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString());
    case 'date':
      return fc
        .date({ min: new Date('1970-01-01'), max: new Date('9999-12-30'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10));
    default:
      if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
      return fc.oneof(
        ...[minLength, maxLength].map((length) => fc.constant('ü'.repeat(length))),
        fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) }),
      );
  }
}

function numberOf({ maximum, minimum, type }: JsonSchema): fc.Arbitrary<unknown> {
  const [min, max] = [minimum ?? Number.MIN_SAFE_INTEGER, maximum ?? Number.MAX_SAFE_INTEGER];
  const within =
    type === 'integer'
      ? fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) })
      : fc.double({ min, max, noNaN: true });
  return fc.oneof(fc.constantFrom(min, max), within);
}

function objectOf({ properties = {}, required = [] }: JsonSchema, exact: boolean): fc.Arbitrary<unknown> {
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, valueOf(member, exact)]),
  );
  return fc.record(members, { requiredKeys: [...required] });
}

function valueOf(schema: JsonSchema, exact: boolean): fc.Arbitrary<unknown> {
  const fitting = fittingValue(schema, exact);
  return exact ? fitting : fc.oneof({ arbitrary: fitting, weight: 6 }, { arbitrary: hostile, weight: 1 });
}

function fittingValue(schema: JsonSchema, exact: boolean): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((branch) => valueOf(branch, exact)));
  switch (schema.type) {
    case 'string':
      return textOf(schema);
    case 'number':
    case 'integer':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const { items = {}, maxItems = 5, minItems = 0 } = schema;
      return fc.array(valueOf(items, exact), {
        minLength: minItems,
        maxLength: Math.max(minItems, Math.min(maxItems, 5)),
      });
    }
    case 'object':
      return objectOf(schema, exact);
    default:
      return hostile;
  }
}

/** Values of a schema: all of them fit, or some of their parts do not. */
export function fromSchema(schema: z.ZodType, { exact }: { readonly exact: boolean }): fc.Arbitrary<unknown> {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    reused: 'inline',
    unrepresentable: 'any',
    override({ jsonSchema }) {
      delete jsonSchema.id;
    },
  });
  const value = valueOf(json as JsonSchema, exact);
  if (exact) return value;
  const extended = fc
    .tuple(value, fc.dictionary(fc.string({ maxLength: 12 }), hostile, { maxKeys: 2 }))
    .map(([body, more]) =>
      typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, ...more } : body,
    );
  return fc.oneof(
    { arbitrary: value, weight: 8 },
    { arbitrary: extended, weight: 2 },
    { arbitrary: hostile, weight: 1 },
  );
}
