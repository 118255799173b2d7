import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { problemSchema, routeInventory } from '@rideshare/contracts';
import type { Route } from '@rideshare/contracts';
import fc from 'fast-check';
import type { z } from 'zod';
import { fromSchema, hostile } from './generate.ts';
import type { Platform } from './platform.ts';

/** A request made up from a route's own description. */
export interface MadeUp {
  readonly route: Route;
  /** By place in the list of those who are known. */
  readonly caller: number;
  /** One for each parameter of the path: a known id by place, or this text. */
  readonly params: readonly (number | string)[];
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: string | undefined;
  readonly type: string;
  readonly key: string | undefined;
}

/** What is known when a request is sent. */
export interface Known {
  /** Tokens; `undefined` is nobody. */
  readonly tokens: readonly (string | undefined)[];
  readonly ids: string[];
}

/** What came of a request. */
export interface Outcome {
  readonly status: number;
  readonly shed: number;
  readonly problem: string | undefined;
}

const SLOW_MS = 2_000;
const SHED_MAX = 20;
const IDS_MAX = 2_000;
/** Streams do not end; the others take seconds of processor time each, on purpose, and are given their share elsewhere. */
const LEFT_OUT = new Set(['openStream', 'login', 'registerUser']);
const COMMON_SECTIONS = /^(?:Any route|gateway)\n/;
/** What the documentation says that any route may answer with. */
const COMMON: ReadonlySet<string> = readCommonCodes();

function readCommonCodes(): ReadonlySet<string> {
  const text = readFileSync(path.resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
  const sections = text.split(/^## /m).filter((section) => COMMON_SECTIONS.test(section));
  return new Set(
    sections.flatMap((section) => [...section.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code = '']) => code)),
  );
}

/** The routes that are tried. */
export const fuzzedRoutes: readonly Route[] = routeInventory.filter(
  ({ callers, id }) => !callers.includes('internal') && !LEFT_OUT.has(id),
);

const garbage = fc.constantFrom(
  '{',
  '[1,',
  '"',
  'null',
  '',
  '{"a":1}{"b":2}',
  '\u0000',
  '[[[[[[[[',
  '{"a":1e999}',
  'true',
  '\ufeff{}',
  "{'a':1}",
);
const types = fc.constantFrom(
  'application/json',
  'application/json',
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'application/xml',
  '',
);

/** Requests of a route: those that fit it, or those that very probably do not. */
function requestOf(route: Route, exact: boolean): fc.Arbitrary<MadeUp> {
  const names = [...route.path.matchAll(/\{\w+\}/g)];
  const text = fc.oneof(
    fc.uuid(),
    hostile.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)) || 'x'),
  );
  const param = exact ? fc.nat() : fc.oneof(fc.nat(), text);
  const value = route.body
    ? fromSchema(route.body, { exact }).map((body) => JSON.stringify(body))
    : fc.constant(undefined);
  const query = fromSchema(route.query, { exact }).map((made) =>
    typeof made === 'object' && made !== null ? made : { q: made },
  );
  return fc.record({
    route: fc.constant(route),
    caller: fc.nat(),
    params: fc.tuple(...names.map(() => param)),
    query: query as fc.Arbitrary<Record<string, unknown>>,
    body:
      exact || route.method === 'GET'
        ? value
        : fc.oneof({ arbitrary: value, weight: 9 }, { arbitrary: garbage, weight: 1 }),
    type: exact ? fc.constant('application/json') : types,
    key: fc.option(exact ? fc.uuid() : fc.stringMatching(/^[\x20-\x7e]{1,300}$/), { nil: undefined, freq: 3 }),
  });
}

/** Requests of all routes. */
export function madeUpRequests({ exact }: { readonly exact: boolean }): fc.Arbitrary<MadeUp> {
  return fc.oneof(...fuzzedRoutes.map((route) => requestOf(route, exact)));
}

const wellFormed = (text: string) => encodeURIComponent(text.toWellFormed());

function targetOf({ params, query, route }: MadeUp, { ids }: Known): string {
  let next = 0;
  const path = route.path.replaceAll(/\{\w+\}/g, () => {
    const param = params[next++] ?? 0;
    return wellFormed(typeof param === 'number' ? (ids[param % ids.length] ?? '') : param);
  });
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = pairs.map(([name, value]) => {
    const id = name === 'tripId' && typeof value === 'string' ? ids[value.length % ids.length] : undefined;
    return `${wellFormed(name)}=${wellFormed(id ?? (typeof value === 'string' ? value : JSON.stringify(value)))}`;
  });
  return text.length === 0 ? path : `${path}?${text.join('&')}`;
}

function parsesAs(schema: z.ZodType, text: string | undefined): boolean {
  try {
    return schema.safeParse(text === undefined || text === '' ? {} : JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** Whether the body of a request breaks the schema of its route, so that nobody's may be granted. */
export function isMisfit({ body, route }: MadeUp): boolean {
  return route.method !== 'GET' && route.body !== null && !parsesAs(route.body, body);
}

function schemaProblem(route: Route, response: Response, text: string): string | undefined {
  const { status } = response;
  const type = response.headers.get('content-type') ?? '';
  if (response.headers.get('x-request-id') === null) return 'no X-Request-Id';
  if (status >= 400) {
    if (type !== 'application/problem+json') return `a refusal of type ${type}`;
    const problem = problemSchema.safeParse(JSON.parse(text));
    if (!problem.success) return `a problem that is none: ${problem.error.message}`;
    const { code } = problem.data;
    if (problem.data.status !== status) return 'a problem of another status';
    return COMMON.has(code) || route.errors.includes(code) ? undefined : `${code} is not declared`;
  }
  const schema = route.responses[status];
  if (schema === undefined) return `${String(status)} is not declared`;
  if (schema === null) return text === '' ? undefined : 'a body where there is none';
  if (!type.startsWith('application/json')) return `an answer of type ${type}`;
  const parsed = schema.safeParse(JSON.parse(text));
  return parsed.success ? undefined : `an answer that breaks its schema: ${parsed.error.message}`;
}

function learn({ ids }: Known, text: string): void {
  for (const [, id = ''] of text.matchAll(/"(?:id|offerId|tripId|paymentId)":"([0-9a-f-]{36})"/g)) {
    if (ids.length < IDS_MAX && !ids.includes(id)) ids.push(id);
  }
}

/** Sends a request and judges the answer. Load that was shed is sent again; only slowness that repeats itself counts. */
export async function tryOut(platform: Platform, made: MadeUp, known: Known): Promise<Outcome> {
  const { body, key, route, type } = made;
  const token = known.tokens[made.caller % known.tokens.length];
  const target = targetOf(made, known);
  const what = `${route.method} ${target} ${(body ?? '').slice(0, 300)}`;
  let shed = 0;
  for (let slow = 0; ;) {
    const begun = performance.now();
    const response = await fetch(platform.gateway + target, {
      method: route.method,
      headers: {
        ...(type === '' || body === undefined ? {} : { 'content-type': type }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined || route.method === 'GET' ? {} : { body: Buffer.from(body) }),
    });
    const text = await response.text();
    const { status } = response;
    if (status === 503 && response.headers.has('retry-after') && shed < SHED_MAX) {
      shed += 1;
      await delay(Number(response.headers.get('retry-after')) * 1_000);
      continue;
    }
    // a machine that stands still makes anything slow once
    if (performance.now() - begun > SLOW_MS && (slow += 1) < 3) continue;
    if (slow >= 3) return { status, shed, problem: `${what}: again and again slower than ${String(SLOW_MS)} ms` };
    if (status < 300) learn(known, text);
    const wrong = status >= 500 ? `${String(status)} ${text}` : schemaProblem(route, response, text);
    return { status, shed, problem: wrong === undefined ? undefined : `${what}: ${wrong}` };
  }
}
