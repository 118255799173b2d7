import { z } from 'zod';
import { Secret } from './secret.ts';

/** The schema of one environment variable. `undefined` stands for unset; an empty string never arrives. */
export type EnvVar<Value> = z.ZodType<Value, string | undefined>;

/** What a parser answers in place of a value that it refuses. The text names the rule, never the value. */
export class Refusal {
  readonly detail: string;

  constructor(detail: string) {
    this.detail = detail;
  }
}

/** The schema of a variable read by `parse`; without `fallback` it must be set. */
export function envVar<Value>(
  parse: (text: string) => Value | Refusal,
  fallback?: { readonly value: Value },
): EnvVar<Value> {
  return z
    .string()
    .optional()
    .transform((text, context): Value => {
      if (text === undefined && fallback) return fallback.value;
      const value = text === undefined ? new Refusal('must be set') : parse(text);
      if (!(value instanceof Refusal)) return value;
      context.issues.push({ code: 'custom', message: value.detail, input: undefined });
      return z.NEVER;
    });
}

const optionalFallback = <Value>(value: Value | undefined) => (value === undefined ? undefined : { value });

interface IntegerRange {
  readonly min: number;
  readonly max: number;
  /** Unset means this; without it the variable must be set. */
  readonly default?: number;
}

function integer({ min, max }: IntegerRange, unit = ''): (text: string) => number | Refusal {
  return (text) => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max
      ? value
      : new Refusal(`must be an integer${unit} from ${String(min)} to ${String(max)}`);
  };
}

/** An integer within bounds. */
export function envInt(range: IntegerRange): EnvVar<number> {
  return envVar(integer(range), optionalFallback(range.default));
}

/** A number of milliseconds, written without a unit; the variable's name ends in `_MS`. */
export function envDurationMs(range: {
  readonly default: number;
  readonly min?: number;
  readonly max?: number;
}): EnvVar<number> {
  const { min = 0, max = 86_400_000 } = range;
  return envVar(integer({ min, max }, ' of milliseconds'), { value: range.default });
}

/** A TCP port; 0 lets the system choose one. */
export function envPort(fallback: number): EnvVar<number> {
  return envVar(integer({ min: 0, max: 65_535 }), { value: fallback });
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['on', true],
  ['0', false],
  ['false', false],
  ['no', false],
  ['off', false],
]);

/** A switch: 1, true, yes, on, or 0, false, no, off. */
export function envBool(fallback: boolean): EnvVar<boolean> {
  return envVar((text) => BOOLEANS.get(text.toLowerCase()) ?? new Refusal('must be true or false'), {
    value: fallback,
  });
}

/** Any text; without a fallback it must be set. */
export function envText(fallback?: string): EnvVar<string> {
  return envVar((text) => text, optionalFallback(fallback));
}

/** One of `choices`. */
export function envChoice<const Choice extends string>(choices: readonly Choice[], fallback?: Choice): EnvVar<Choice> {
  return envVar(
    (text) => choices.find((choice) => choice === text) ?? new Refusal(`must be one of ${choices.join(', ')}`),
    optionalFallback(fallback),
  );
}

/** Texts separated by commas, blanks around them ignored; with `allowed`, only those. */
export function envList<const Item extends string = string>(
  fallback?: readonly Item[],
  allowed?: readonly Item[],
): EnvVar<readonly Item[]> {
  return envVar((text) => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    if (items.length === 0) return new Refusal('must name at least one item');
    const isItem = (item: string): item is Item => !allowed || allowed.some((name) => name === item);
    return items.every(isItem) ? items : new Refusal(`may name only ${(allowed ?? []).join(', ')}`);
  }, optionalFallback(fallback));
}

/** An absolute URL, kept as text without a slash at its end. */
export function envUrl(fallback?: string, schemes: readonly string[] = ['http', 'https']): EnvVar<string> {
  return envVar((text) => {
    const scheme = URL.parse(text)?.protocol.slice(0, -1);
    return scheme !== undefined && schemes.includes(scheme)
      ? text.replace(/\/+$/, '')
      : new Refusal(`must be an absolute ${schemes.join(' or ')} URL`);
  }, optionalFallback(fallback));
}

/** A text that must not be printed, at least `minLength` characters long. */
export function envSecret(options: { readonly minLength: number; readonly default?: string }): EnvVar<Secret> {
  const { minLength, default: fallback } = options;
  return envVar(
    (text) =>
      text.length >= minLength
        ? new Secret(text)
        : new Refusal(`must be at least ${String(minLength)} characters long`),
    optionalFallback(fallback === undefined ? undefined : new Secret(fallback)),
  );
}

/** A variable that may no longer, or not yet, be set; `why` names what to use in its place. */
export function envRefused(why: string): EnvVar<undefined> {
  return envVar<undefined>(() => new Refusal(why), { value: undefined });
}
