import { REDACTED, redactText } from './redact-text.ts';

const NAMES: ReadonlySet<string> = new Set(
  // secrets, then who somebody is, then where somebody is
  `cvc cvv pan iban pin jwt startcode signature
   firstname lastname fullname licensenumber dateofbirth plate
   lat lng lon pickup destination geometry position point points location`.split(/\s+/),
);
const ENDINGS =
  /(?:password|passwd|secret|token|authorization|cookie|apikey|privatekey|email|emailaddress|phone|phonenumber|cardnumber|latitude|longitude|coordinates|credentials)$/;
const COORDINATE = /[a-z](?:Lat|Lng|Lon)$/;

const DEPTH_MAX = 8; // deeper than anything the services log on purpose
const MEMBERS_MAX = 100; // a line stays readable, and below what log shippers cut off
const TEXT_MAX = 8_192;

function isSensitive(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return NAMES.has(plain) || ENDINGS.test(plain) || COORDINATE.test(name);
}

function cleanText(text: string): string {
  return redactText(text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}… (${String(text.length)})` : text);
}

function cleanNumber(value: number): unknown {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) < 1e12 ? value : cleanLongNumber(value);
}

function cleanLongNumber(value: number): unknown {
  return redactText(String(value)) === REDACTED ? REDACTED : value;
}

function errorMembers(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    ...Object.fromEntries(Object.entries(error).filter(([key]) => key !== 'name')),
    ...('errors' in error ? { errors: error.errors } : {}),
    ...(cause === undefined ? {} : { cause }),
    stack,
  };
}

function cleanObject(value: object, depth: number, above: ReadonlySet<object>): unknown {
  if (above.has(value)) return '[circular]';
  if (depth > DEPTH_MAX) return '[too deep]';
  const path = new Set(above).add(value);
  const inner = (member: unknown) => cleanValue(member, depth + 1, path);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${String(value.byteLength)} bytes]`;
  // an error of another realm inherits from another Error
  if (Error.isError(value)) return cleanMembers(errorMembers(value), inner);
  if (value instanceof Map) return cleanMembers(Object.fromEntries(value as Map<PropertyKey, unknown>), inner);
  if (Array.isArray(value) || value instanceof Set) {
    return Array.from(value as Iterable<unknown>)
      .slice(0, MEMBERS_MAX)
      .map(inner);
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = (value.toJSON as () => unknown)();
    if (json !== value) return inner(json);
  }
  return cleanMembers(value, inner);
}

function cleanMembers(value: object, inner: (member: unknown) => unknown): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const name of Object.keys(value).slice(0, MEMBERS_MAX)) {
    clean[name] = isSensitive(name) ? REDACTED : inner((value as Record<string, unknown>)[name]);
  }
  return clean;
}

function cleanValue(value: unknown, depth: number, above: ReadonlySet<object>): unknown {
  try {
    switch (typeof value) {
      case 'string':
        return cleanText(value);
      case 'number':
        return cleanNumber(value);
      case 'bigint':
        return cleanText(String(value));
      case 'object':
        return value === null ? null : cleanObject(value, depth, above);
      case 'function':
      case 'symbol':
        return `[${typeof value}]`;
      default:
        return value;
    }
  } catch {
    // a getter or toJSON that throws must not take the caller down with it
    return '[unreadable]';
  }
}

/**
 * A plain copy of `fields` that is safe to print: nothing secret or personal by name or by pattern at any depth, no
 * cycles, no BigInt, errors written out with their causes.
 */
export function redact(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return cleanMembers(fields, (member) => cleanValue(member, 1, new Set([fields])));
}
